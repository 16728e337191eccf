-- Who may manage what: staff with their roles, passkeys and sessions, keys for programs, what needs a second person; and
-- what the managing end needs of the registry: revisions, so that changes that clash are told, and retirement.

-- A row's revision grows with every change, from whichever hand.
CREATE FUNCTION count_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.revision := OLD.revision + 1;
  RETURN NEW;
END $$;

-- Retired means gone from use and never from the books. What is retired is disabled too, so that every switch that is
-- asked before money or machines move says no (I13).
ALTER TABLE merchant
  ADD COLUMN revision integer NOT NULL DEFAULT 1,
  ADD COLUMN retired_at timestamptz,
  ADD CHECK (retired_at IS NULL OR NOT enabled);
ALTER TABLE site
  ADD COLUMN revision integer NOT NULL DEFAULT 1,
  ADD COLUMN retired_at timestamptz,
  ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE machine
  ADD COLUMN revision integer NOT NULL DEFAULT 1,
  ADD COLUMN retired_at timestamptz,
  -- The most that one payment may be where nothing on the machine proves presence; null: no limit of its own.
  ADD COLUMN unproven_max_minor numeric(20) CHECK (unproven_max_minor > 0),
  ADD CHECK (retired_at IS NULL OR NOT enabled);
ALTER TABLE chip ADD COLUMN revision integer NOT NULL DEFAULT 1;
CREATE TRIGGER merchant_revision BEFORE UPDATE ON merchant
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION count_revision();
CREATE TRIGGER site_revision BEFORE UPDATE ON site
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION count_revision();
CREATE TRIGGER machine_revision BEFORE UPDATE ON machine
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION count_revision();
CREATE TRIGGER chip_revision BEFORE UPDATE ON chip
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION count_revision();

CREATE INDEX machine_of_merchant ON machine (merchant_id, site_id);
CREATE INDEX chip_of_machine ON chip (machine_id);
CREATE INDEX payment_of_all ON payment (claimed_at_ms DESC, payment_id DESC);
CREATE INDEX payment_of_merchant ON payment (merchant_id, claimed_at_ms DESC, payment_id DESC);
CREATE INDEX payment_of_machine ON payment (machine_id, claimed_at_ms DESC, payment_id DESC);
CREATE INDEX payment_case_of_merchant ON payment (merchant_id, claimed_at_ms DESC, payment_id DESC)
  WHERE open_case IS NOT NULL;
CREATE INDEX payment_open_of_machine ON payment (machine_id) WHERE closed_at_ms IS NULL;
CREATE INDEX staff_action_of_merchant ON staff_action (merchant_id, sequence DESC);

CREATE TABLE staff_member (
  staff_id text PRIMARY KEY CHECK (staff_id ~ '^[0-9a-f]{32}$'),
  name text NOT NULL,
  email text NOT NULL,
  -- WebAuthn section 5.4.3: random, and says nothing about anyone.
  user_handle bytea NOT NULL,
  -- Whoever invited: independence of a second person is judged by it. Null for whom a command invited.
  invited_by text REFERENCES staff_member,
  revision integer NOT NULL DEFAULT 1,
  ended_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER staff_member_revision BEFORE UPDATE ON staff_member
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION count_revision();

-- Null merchant: of the whole platform. Null site: of the whole merchant.
CREATE TABLE staff_role (
  grant_id text PRIMARY KEY CHECK (grant_id ~ '^[0-9a-f]{32}$'),
  staff_id text NOT NULL REFERENCES staff_member,
  role text NOT NULL CHECK (role IN
    ('platform-owner', 'merchant-owner', 'manager', 'technician', 'support', 'auditor')),
  merchant_id text REFERENCES merchant,
  site_id text,
  granted_by text NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now(),
  withdrawn_at timestamptz,
  FOREIGN KEY (merchant_id, site_id) REFERENCES site,
  CHECK (site_id IS NULL OR merchant_id IS NOT NULL),
  CHECK ((role = 'platform-owner') <= (merchant_id IS NULL))
);
CREATE UNIQUE INDEX staff_role_held ON staff_role (staff_id, role, coalesce(merchant_id, ''), coalesce(site_id, ''))
  WHERE withdrawn_at IS NULL;
CREATE INDEX staff_role_of_merchant ON staff_role (merchant_id, site_id) WHERE withdrawn_at IS NULL;

-- Who accepts becomes a member, or is one already: so an invitation tells nobody who is a member elsewhere.
CREATE TABLE invitation (
  invitation_id text PRIMARY KEY CHECK (invitation_id ~ '^[0-9a-f]{32}$'),
  secret_hash bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
  email text NOT NULL,
  name text NOT NULL,
  role text NOT NULL,
  merchant_id text REFERENCES merchant,
  site_id text,
  invited_by text REFERENCES staff_member,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  used_by text REFERENCES staff_member,
  withdrawn_at timestamptz
);
CREATE INDEX invitation_of_merchant ON invitation (merchant_id, created_at DESC);

CREATE TABLE staff_passkey (
  credential_id text PRIMARY KEY,
  staff_id text NOT NULL REFERENCES staff_member,
  public_key bytea NOT NULL,
  counter bigint NOT NULL,
  transports text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz
);
CREATE INDEX staff_passkey_of ON staff_passkey (staff_id);

CREATE TABLE staff_session (
  session_id text PRIMARY KEY CHECK (session_id ~ '^[0-9a-f]{32}$'),
  secret_hash bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
  staff_id text NOT NULL REFERENCES staff_member,
  browser text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE INDEX staff_session_of ON staff_session (staff_id, created_at DESC);

-- What an authenticator is asked to sign: to sign in, to accept an invitation, to become another passkey, or for one action ("touch"). Serves once.
CREATE TABLE staff_challenge (
  challenge_id text PRIMARY KEY CHECK (challenge_id ~ '^[0-9a-f]{32}$'),
  purpose text NOT NULL CHECK (purpose IN ('sign-in', 'invitation', 'passkey', 'touch')),
  challenge bytea NOT NULL CHECK (length(challenge) = 32),
  -- Touch: whose session, and SHA-256 over the very request that it is for. Invitation: which.
  session_id text REFERENCES staff_session,
  binding bytea CHECK (length(binding) = 32),
  invitation_id text REFERENCES invitation,
  expires_at timestamptz NOT NULL,
  answered_at timestamptz,
  -- Touch: answered rightly; used by a request, and under which Idempotency-Key, so that its repeat is let through.
  touched_at timestamptz,
  used_at timestamptz,
  used_key text
);
CREATE INDEX staff_challenge_age ON staff_challenge (expires_at);

CREATE TABLE api_key (
  -- Its first part, by which people tell keys apart.
  key_id text PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{16}$'),
  secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
  name text NOT NULL,
  scopes text[] NOT NULL,
  merchant_id text REFERENCES merchant,
  site_id text,
  -- A key can do what its maker can, at most, and no longer.
  made_by text NOT NULL REFERENCES staff_member,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz,
  FOREIGN KEY (merchant_id, site_id) REFERENCES site,
  CHECK (site_id IS NULL OR merchant_id IS NOT NULL)
);
CREATE INDEX api_key_of_merchant ON api_key (merchant_id, created_at DESC);

-- What one person asks for and another allows.
CREATE TABLE approval (
  approval_id text PRIMARY KEY CHECK (approval_id ~ '^[0-9a-f]{32}$'),
  kind text NOT NULL,
  merchant_id text NOT NULL REFERENCES merchant,
  target text NOT NULL,
  -- What is done once it is allowed, and what stood there when it was asked for.
  asked jsonb NOT NULL,
  reason text NOT NULL,
  asked_by text NOT NULL REFERENCES staff_member,
  asked_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  decision text CHECK (decision IN ('approved', 'refused', 'withdrawn')),
  decided_by text REFERENCES staff_member,
  decided_reason text,
  decided_at timestamptz,
  CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
  CHECK (decision <> 'approved' OR decided_by <> asked_by)
);
CREATE INDEX approval_of_merchant ON approval (merchant_id, asked_at DESC);
CREATE INDEX approval_open ON approval (kind, target) WHERE decision IS NULL;
