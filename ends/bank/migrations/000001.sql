-- Customers sign in at the bank's own pages; merchants have no sign-in here.
CREATE TABLE customer (
  customer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  username text NOT NULL UNIQUE,
  name text NOT NULL,
  password_hash text NOT NULL,
  pseudonym text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE account (
  account_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  iban text NOT NULL UNIQUE,
  holder text NOT NULL CHECK (holder IN ('customer', 'merchant', 'bank')),
  customer_id bigint REFERENCES customer,
  name text NOT NULL,
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  closed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((holder = 'customer') = (customer_id IS NOT NULL))
);
CREATE INDEX account_of_customer ON account (customer_id) WHERE customer_id IS NOT NULL;

-- The parts of an account. The floor stands here, not only in code: no balance goes below minimum_minor (null: the
-- bank's own cash account, from which deposits come and to which withdrawals go).
CREATE TABLE ledger_account (
  ledger_account_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES account,
  role text NOT NULL CHECK (role IN ('available', 'held', 'reserved', 'cash')),
  currency text NOT NULL,
  balance_minor bigint NOT NULL DEFAULT 0,
  minimum_minor bigint DEFAULT 0,
  UNIQUE (account_id, role),
  CONSTRAINT balance_not_below_minimum CHECK (minimum_minor IS NULL OR balance_minor >= minimum_minor)
);

-- Entries are numbered without gaps; a posting is one leg, credits above zero, debits below.
CREATE TABLE ledger_entry (
  entry_id bigint PRIMARY KEY,
  kind text NOT NULL,
  end_to_end_id text,
  bank_reference text NOT NULL,
  day date NOT NULL,
  booked_at timestamptz NOT NULL
);
CREATE INDEX ledger_entry_of_order ON ledger_entry (end_to_end_id);

CREATE TABLE ledger_posting (
  entry_id bigint NOT NULL,
  leg int NOT NULL,
  ledger_account_id bigint NOT NULL,
  account_id bigint NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
  day date NOT NULL,
  PRIMARY KEY (entry_id, leg)
);
CREATE INDEX ledger_posting_of_account ON ledger_posting (account_id, day, entry_id);

-- Double entry, enforced: all legs of an entry come in one statement and add up to zero per currency, and balances
-- move with the legs and by nothing else. The planner settings keep one plan: transition tables have no statistics.
CREATE FUNCTION ledger_posting_book() RETURNS trigger
LANGUAGE plpgsql SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  expected bigint;
  moved bigint;
BEGIN
  IF EXISTS (
    SELECT FROM new_posting GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0
  ) THEN
    RAISE EXCEPTION 'debits and credits of an entry differ' USING ERRCODE = 'check_violation';
  END IF;
  SELECT count(*) INTO expected
    FROM (SELECT DISTINCT ledger_account_id, account_id, currency FROM new_posting) AS touched;
  UPDATE ledger_account AS target
    SET balance_minor = target.balance_minor + change.amount_minor
    FROM (
      SELECT ledger_account_id, account_id, currency, sum(amount_minor)::bigint AS amount_minor
      FROM new_posting GROUP BY ledger_account_id, account_id, currency
    ) AS change
    WHERE target.ledger_account_id = change.ledger_account_id
      AND target.account_id = change.account_id
      AND target.currency = change.currency;
  GET DIAGNOSTICS moved = ROW_COUNT;
  IF moved <> expected THEN
    RAISE EXCEPTION 'a posting names an account that is not, or another currency' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_posting_book AFTER INSERT ON ledger_posting
  REFERENCING NEW TABLE AS new_posting FOR EACH STATEMENT EXECUTE FUNCTION ledger_posting_book();

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_posting_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE TABLE mandate (
  mandate_id text PRIMARY KEY CHECK (mandate_id ~ '^[0-9a-f]{32}$'),
  body_sha256 text NOT NULL,
  creditor_name text NOT NULL,
  redirect_uri text NOT NULL,
  language text NOT NULL,
  currency text NOT NULL,
  offered_once_end_to_end_id text,
  offered_once_minor bigint CHECK (offered_once_minor > 0),
  offered_per_payment_minor bigint CHECK (offered_per_payment_minor > 0),
  offered_per_day_minor bigint CHECK (offered_per_day_minor > 0),
  offered_valid_until timestamptz,
  status text NOT NULL
    CHECK (status IN ('received', 'valid', 'rejected', 'revokedByPsu', 'expired', 'terminatedByTpp')),
  scope text CHECK (scope IN ('one-payment', 'recurring')),
  account_id bigint REFERENCES account,
  per_payment_minor bigint CHECK (per_payment_minor > 0 AND per_payment_minor <= offered_per_payment_minor),
  per_day_minor bigint CHECK (per_day_minor > 0 AND per_day_minor <= offered_per_day_minor),
  valid_until timestamptz,
  approve_until timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  decided_at timestamptz,
  CHECK ((offered_once_minor IS NULL) = (offered_once_end_to_end_id IS NULL)),
  CHECK (offered_once_minor IS NOT NULL OR offered_per_payment_minor IS NOT NULL),
  CHECK (status <> 'valid' OR (scope IS NOT NULL AND account_id IS NOT NULL AND valid_until IS NOT NULL)),
  CHECK (scope <> 'recurring' OR (per_payment_minor IS NOT NULL AND per_day_minor IS NOT NULL))
);
CREATE INDEX mandate_of_account ON mandate (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX mandate_to_expire ON mandate (coalesce(valid_until, approve_until))
  WHERE status IN ('received', 'valid');

-- What a mandate was used for on one day of the bank.
CREATE TABLE mandate_day (
  mandate_id text NOT NULL REFERENCES mandate,
  day date NOT NULL,
  used_minor bigint NOT NULL CHECK (used_minor >= 0),
  PRIMARY KEY (mandate_id, day)
);

CREATE TABLE bank_order (
  end_to_end_id text PRIMARY KEY,
  kind text NOT NULL
    CHECK (kind IN ('transfer', 'hold', 'capture', 'release', 'refund', 'reserve-release')),
  body_sha256 text NOT NULL,
  status text NOT NULL CHECK (status IN ('RCVD', 'PDNG', 'ACSC', 'RJCT', 'CANC')),
  reason_code text,
  bank_reference text NOT NULL UNIQUE,
  mandate_id text,
  debtor_account_id bigint,
  creditor_account_id bigint,
  original_end_to_end_id text,
  closed_by_end_to_end_id text,
  currency text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
  settled_minor bigint NOT NULL CHECK (settled_minor >= 0 AND settled_minor <= amount_minor),
  refunded_minor bigint NOT NULL CHECK (refunded_minor >= 0),
  reversed_minor bigint NOT NULL CHECK (reversed_minor >= 0),
  reserved_minor bigint NOT NULL CHECK (reserved_minor >= 0),
  held_minor bigint NOT NULL CHECK (held_minor >= 0),
  valid_until timestamptz,
  expires_at timestamptz,
  day date NOT NULL,
  received_at timestamptz NOT NULL,
  reason text,
  CHECK (status = 'ACSC' OR settled_minor = 0),
  CHECK ((status = 'RJCT') = (reason_code IS NOT NULL)),
  CHECK (kind = 'hold' OR held_minor = 0),
  CHECK (held_minor <= amount_minor),
  CONSTRAINT paid_back_not_above_settled CHECK (refunded_minor + reversed_minor <= settled_minor),
  CONSTRAINT reserved_not_above_kept CHECK (reserved_minor <= settled_minor - refunded_minor - reversed_minor)
);
CREATE INDEX bank_order_hold_to_expire ON bank_order (expires_at) WHERE held_minor > 0;
CREATE INDEX bank_order_of_original ON bank_order (original_end_to_end_id)
  WHERE original_end_to_end_id IS NOT NULL;

-- Written in the commit that makes them true, sent afterwards until answered, kept when given up.
CREATE TABLE notification (
  notification_id uuid PRIMARY KEY,
  kind text NOT NULL,
  end_to_end_id text,
  mandate_id text,
  at timestamptz NOT NULL,
  tries int NOT NULL DEFAULT 0,
  next_try_at timestamptz,
  delivered_at timestamptz,
  given_up_at timestamptz
);
CREATE INDEX notification_due ON notification (next_try_at) WHERE next_try_at IS NOT NULL;

-- Only the hash of a session's cookie is kept.
CREATE TABLE customer_session (
  token_sha256 text PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customer,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sign_in_try (
  try_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  username text NOT NULL,
  network text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_in_try_of_username ON sign_in_try (username, at);
CREATE INDEX sign_in_try_of_network ON sign_in_try (network, at);
