-- Who a chip is: claims that bind it to a machine, certificates that the system's own CA gave it, the lists of those
-- that are revoked, releases, and what of its boots was seen, by which a clone shows.

-- A released chip is as out of the box, and may be claimed again, by anybody: each time is a tenure of its own, and only
-- keys of the present one count. A series of sightings begins anew with each tenure, and when staff lift a quarantine.
ALTER TABLE chip
  ADD COLUMN released_at timestamptz,
  ADD COLUMN quarantined_at timestamptz,
  ADD COLUMN quarantine_reason text
    CHECK (quarantine_reason IN ('boots-alternate', 'counter-back', 'mutual-takeover')),
  ADD COLUMN tenure integer NOT NULL DEFAULT 1 CHECK (tenure > 0),
  ADD COLUMN sighting_series integer NOT NULL DEFAULT 1,
  ADD CHECK ((quarantined_at IS NULL) = (quarantine_reason IS NULL));
ALTER TABLE chip_key ADD COLUMN tenure integer NOT NULL DEFAULT 1;

DROP INDEX chip_in_use;
CREATE UNIQUE INDEX chip_in_use ON chip (machine_id) WHERE revoked_at IS NULL AND released_at IS NULL;

-- One use. The code itself is kept nowhere: 50 bits, gone after a day, tried a few times an hour at most.
CREATE TABLE claim (
  claim_id text PRIMARY KEY CHECK (claim_id ~ '^[0-9a-f]{32}$'),
  code_hash bytea NOT NULL UNIQUE CHECK (length(code_hash) = 32),
  merchant_id text NOT NULL,
  site_id text,
  machine_id text NOT NULL,
  -- Only this chip, where staff said so.
  chip_id text CHECK (chip_id ~ '^[0-9a-f]{16}$'),
  -- The machine's present chip is revoked when this one is enrolled.
  replaces boolean NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  used_by text CHECK (used_by ~ '^[0-9a-f]{16}$'),
  -- SHA-256 of the key that was certified: the same chip with the same key gets its certificate again.
  spki_hash bytea CHECK (length(spki_hash) = 32),
  serial text,
  FOREIGN KEY (merchant_id, machine_id) REFERENCES machine (merchant_id, machine_id),
  CHECK ((used_at IS NULL) = (used_by IS NULL) AND (used_at IS NULL) = (spki_hash IS NULL))
);
CREATE INDEX claim_open ON claim (machine_id) WHERE used_at IS NULL;

CREATE TABLE chip_certificate (
  -- Of the issuing CA's certificate, and of this one; lowercase hex.
  issuer text NOT NULL,
  serial text NOT NULL,
  chip_id text NOT NULL REFERENCES chip,
  merchant_id text NOT NULL REFERENCES merchant,
  tenure integer NOT NULL,
  spki_hash bytea NOT NULL CHECK (length(spki_hash) = 32),
  certificate bytea NOT NULL,
  not_after timestamptz NOT NULL,
  issued_at timestamptz NOT NULL,
  -- A newer one was issued; until it expires this one still serves, since the answer with the newer may be lost.
  superseded_at timestamptz,
  revoked_at timestamptz,
  -- CRLReason (RFC 5280 section 5.3.1).
  revocation_reason integer,
  PRIMARY KEY (issuer, serial),
  CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL))
);
CREATE INDEX chip_certificate_of_chip ON chip_certificate (chip_id, issued_at DESC);
CREATE INDEX chip_certificate_revoked ON chip_certificate (issuer) WHERE revoked_at IS NOT NULL;
CREATE TRIGGER chip_certificate_revoked AFTER UPDATE OF revoked_at ON chip_certificate
  FOR EACH STATEMENT EXECUTE FUNCTION tell_registry_changed();

-- A chip that renews has a new key: nodes read that chip anew, and not all there is.
CREATE FUNCTION tell_chip_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('farthing_registry', coalesce(NEW.chip_id, OLD.chip_id));
  RETURN NULL;
END $$;
DROP TRIGGER chip_key_changed ON chip_key;
CREATE TRIGGER chip_key_changed AFTER INSERT OR UPDATE OR DELETE ON chip_key
  FOR EACH ROW EXECUTE FUNCTION tell_chip_changed();

-- The newest revocation list of each issuer, as it was signed: all nodes tell the same one, and its number only grows.
CREATE TABLE revocation_list (
  issuer text PRIMARY KEY,
  number bigint NOT NULL CHECK (number > 0),
  entries_hash text NOT NULL,
  list bytea NOT NULL,
  this_update timestamptz NOT NULL,
  next_update timestamptz NOT NULL
);

-- Releases: the row first, then the message, until the chip has answered.
CREATE TABLE retirement (
  retirement_id text PRIMARY KEY CHECK (retirement_id ~ '^[0-9a-f]{32}$'),
  chip_id text NOT NULL REFERENCES chip,
  merchant_id text NOT NULL REFERENCES merchant,
  machine_id text NOT NULL REFERENCES machine,
  tenure integer NOT NULL,
  asked_by text NOT NULL,
  asked_at_ms bigint NOT NULL,
  -- 'retired': the chip said so. 'insisted': staff did not wait for it. 'void': staff revoked the chip instead.
  state text NOT NULL CHECK (state IN ('asked', 'retired', 'insisted', 'void')),
  changed_at_ms bigint NOT NULL
);
CREATE UNIQUE INDEX retirement_open ON retirement (chip_id) WHERE state = 'asked';

-- What a chip said of its boots, newest last, at most a few; see identity/clone.ts. Written when it changes, not at
-- every hello.
CREATE TABLE chip_sighting (
  chip_id text PRIMARY KEY REFERENCES chip,
  series integer NOT NULL,
  sightings jsonb NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);
