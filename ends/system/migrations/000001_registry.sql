-- Who sells what with which machine, who pays, and what staff did. Rows of a merchant carry its merchant_id; payers and
-- their devices belong to the platform, and a merchant sees a pseudonym of its own.

CREATE TABLE platform (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  enabled boolean NOT NULL DEFAULT true
);
INSERT INTO platform DEFAULT VALUES;

CREATE TABLE merchant (
  merchant_id text PRIMARY KEY,
  name text NOT NULL,
  support text NOT NULL,
  iban text NOT NULL,
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE site (
  merchant_id text NOT NULL REFERENCES merchant,
  site_id text NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (merchant_id, site_id)
);

CREATE TABLE machine (
  machine_id text PRIMARY KEY,
  merchant_id text NOT NULL REFERENCES merchant,
  site_id text,
  name text NOT NULL,
  number text NOT NULL,
  place text NOT NULL,
  picture text,
  presence text NOT NULL CHECK (presence IN ('none', 'words', 'button', 'blink', 'plate')),
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (merchant_id, machine_id),
  FOREIGN KEY (merchant_id, site_id) REFERENCES site
);

CREATE TABLE chip (
  chip_id text PRIMARY KEY CHECK (chip_id ~ '^[0-9a-f]{16}$'),
  merchant_id text NOT NULL,
  machine_id text NOT NULL,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (merchant_id, machine_id) REFERENCES machine (merchant_id, machine_id)
);
-- A machine has one chip at a time; those before it stay, to verify what they signed.
CREATE UNIQUE INDEX chip_in_use ON chip (machine_id) WHERE revoked_at IS NULL;

CREATE TABLE chip_key (
  chip_id text NOT NULL REFERENCES chip,
  merchant_id text NOT NULL REFERENCES merchant,
  key_id text NOT NULL,
  algorithm text NOT NULL CHECK (algorithm IN ('ES256', 'EdDSA')),
  spki bytea NOT NULL,
  added_at timestamptz NOT NULL DEFAULT now(),
  retired_at timestamptz,
  PRIMARY KEY (chip_id, key_id)
);

CREATE TABLE tariff (
  machine_id text NOT NULL,
  merchant_id text NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  currency text NOT NULL,
  valid_from_s bigint NOT NULL,
  products jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (machine_id, version),
  FOREIGN KEY (merchant_id, machine_id) REFERENCES machine (merchant_id, machine_id)
);

CREATE TABLE payer (
  payer_id text PRIMARY KEY,
  -- Handed to authenticators as the user handle (WebAuthn section 5.4.3): random, and says nothing about anyone.
  user_handle bytea NOT NULL,
  -- The bank's pseudonym of whoever approved first; another person's approval on this device makes another payer.
  debtor_pseudonym text,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE device (
  device_id text PRIMARY KEY,
  secret_hash bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
  payer_id text REFERENCES payer,
  pin_hash text,
  pin_tries_left integer NOT NULL CHECK (pin_tries_left >= 0),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX device_of_payer ON device (payer_id) WHERE payer_id IS NOT NULL;

CREATE TABLE passkey (
  credential_id text PRIMARY KEY,
  payer_id text NOT NULL REFERENCES payer,
  public_key bytea NOT NULL,
  counter bigint NOT NULL,
  transports text[] NOT NULL,
  device_type text NOT NULL,
  backed_up boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz
);
CREATE INDEX passkey_of_payer ON passkey (payer_id);

CREATE TABLE mandate (
  mandate_id text PRIMARY KEY,
  device_id text NOT NULL REFERENCES device,
  payer_id text REFERENCES payer,
  -- The payment for which the payer was sent to the bank.
  payment_id text NOT NULL,
  status text NOT NULL
    CHECK (status IN ('made', 'received', 'valid', 'rejected', 'revokedByPsu', 'expired', 'terminatedByTpp')),
  scope text CHECK (scope IN ('one-payment', 'recurring')),
  currency text NOT NULL,
  per_payment_minor numeric(20),
  valid_until timestamptz,
  debtor_pseudonym text,
  -- The bytes sent to the bank, so that a repeat is the same to the letter.
  request jsonb NOT NULL,
  redirect_url text,
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mandate_of_payment ON mandate (payment_id, device_id, created_at DESC);
CREATE INDEX mandate_of_payer ON mandate (payer_id) WHERE payer_id IS NOT NULL AND status = 'valid';

-- One verification per payment; it serves once (S5).
CREATE TABLE verification (
  payment_id text PRIMARY KEY,
  device_id text NOT NULL REFERENCES device,
  nonce text NOT NULL,
  tries_left integer NOT NULL CHECK (tries_left >= 0),
  used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE idempotency (
  scope text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  status integer,
  body text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- What staff did, as a hash chain: each hash covers the one before.
CREATE TABLE staff_action (
  sequence bigint PRIMARY KEY CHECK (sequence > 0),
  at_ms bigint NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  target text NOT NULL,
  merchant_id text REFERENCES merchant,
  detail jsonb NOT NULL,
  prev_hash text NOT NULL,
  hash text NOT NULL UNIQUE
);

-- From time to time the heads of all chains that moved are bound together.
CREATE TABLE audit_anchor (
  sequence bigint PRIMARY KEY CHECK (sequence > 0),
  at_ms bigint NOT NULL,
  heads jsonb NOT NULL,
  prev_hash text NOT NULL,
  hash text NOT NULL UNIQUE
);

-- How far each chain is bound by an anchor.
CREATE TABLE audit_head (
  payment_id text PRIMARY KEY,
  version integer NOT NULL
);

-- Whatever changes in the registry, from whichever hand, reaches every node's memory at once.
CREATE FUNCTION tell_registry_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('farthing_registry', '');
  RETURN NULL;
END $$;
CREATE TRIGGER platform_changed AFTER INSERT OR UPDATE OR DELETE ON platform
  FOR EACH STATEMENT EXECUTE FUNCTION tell_registry_changed();
CREATE TRIGGER merchant_changed AFTER INSERT OR UPDATE OR DELETE ON merchant
  FOR EACH STATEMENT EXECUTE FUNCTION tell_registry_changed();
CREATE TRIGGER machine_changed AFTER INSERT OR UPDATE OR DELETE ON machine
  FOR EACH STATEMENT EXECUTE FUNCTION tell_registry_changed();
CREATE TRIGGER chip_changed AFTER INSERT OR UPDATE OR DELETE ON chip
  FOR EACH STATEMENT EXECUTE FUNCTION tell_registry_changed();
CREATE TRIGGER chip_key_changed AFTER INSERT OR UPDATE OR DELETE ON chip_key
  FOR EACH STATEMENT EXECUTE FUNCTION tell_registry_changed();
CREATE TRIGGER tariff_changed AFTER INSERT OR UPDATE OR DELETE ON tariff
  FOR EACH STATEMENT EXECUTE FUNCTION tell_registry_changed();
