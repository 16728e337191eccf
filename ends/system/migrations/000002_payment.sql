-- The payment journal. One row a payment with its present state, one row an event with its link of the chain (I11), and
-- the double entries that belong to them (I1). Written by payment/journal-postgres.ts alone.

CREATE TABLE payment (
  payment_id text PRIMARY KEY CHECK (payment_id ~ '^[0-9a-f]{32}$'),
  merchant_id text NOT NULL,
  machine_id text NOT NULL,
  chip_id text NOT NULL,
  device_id text NOT NULL,
  payer_id text,
  version integer NOT NULL,
  state text NOT NULL,
  holds_slot boolean NOT NULL,
  code_hash text,
  due_at_ms bigint,
  claimed_at_ms bigint NOT NULL,
  closed_at_ms bigint,
  complained_at_ms bigint,
  open_case text,
  body jsonb NOT NULL
) WITH (fillfactor = 70);

-- A code is claimed once, ever; a machine slot has one reservation at a time (I6).
CREATE UNIQUE INDEX payment_code ON payment (code_hash) WHERE code_hash IS NOT NULL;
CREATE UNIQUE INDEX payment_slot ON payment (chip_id) WHERE holds_slot;
CREATE INDEX payment_due ON payment (due_at_ms) WHERE due_at_ms IS NOT NULL;
CREATE INDEX payment_of_device ON payment (device_id, claimed_at_ms DESC);
CREATE INDEX payment_of_payer ON payment (payer_id, claimed_at_ms DESC) WHERE payer_id IS NOT NULL;
CREATE INDEX payment_case ON payment (claimed_at_ms) WHERE open_case IS NOT NULL;
CREATE INDEX payment_complaint ON payment (machine_id, complained_at_ms) WHERE complained_at_ms IS NOT NULL;

CREATE TABLE payment_event (
  payment_id text NOT NULL,
  version integer NOT NULL,
  merchant_id text NOT NULL,
  at_ms bigint NOT NULL,
  event_text text NOT NULL,
  prev_hash text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (payment_id, version)
);

-- I12: one order per payment and kind; refunds one per reason.
CREATE TABLE payment_order (
  order_id text PRIMARY KEY CHECK (length(order_id) <= 35),
  payment_id text NOT NULL,
  merchant_id text NOT NULL,
  kind text NOT NULL,
  refund_reason text NOT NULL,
  amount_minor numeric(20) NOT NULL CHECK (amount_minor > 0),
  currency text NOT NULL,
  UNIQUE (payment_id, kind, refund_reason)
);

CREATE TABLE ledger_posting (
  payment_id text NOT NULL,
  version integer NOT NULL,
  line integer NOT NULL,
  merchant_id text NOT NULL,
  account text NOT NULL,
  currency text NOT NULL,
  debit_minor numeric(20) NOT NULL CHECK (debit_minor >= 0),
  credit_minor numeric(20) NOT NULL CHECK (credit_minor >= 0),
  CHECK ((debit_minor = 0) <> (credit_minor = 0)),
  PRIMARY KEY (payment_id, version, line)
);

-- The journal only grows: whoever wants to change what is written has to take these away first, and be seen.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER payment_event_append_only BEFORE UPDATE OR DELETE ON payment_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
