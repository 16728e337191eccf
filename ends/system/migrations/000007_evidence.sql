-- What was signed for one payment, to the byte, so that a dispute can be settled by whoever has the keys and not our
-- database. The payment code itself stands in the journal; see evidence/signed.ts for the kinds.

CREATE TABLE payment_evidence (
  payment_id text NOT NULL,
  merchant_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('check-answer', 'started', 'outcome', 'command', 'confirmation')),
  at_ms bigint NOT NULL,
  bytes bytea NOT NULL,
  -- Of what the system signed: its key at that time (SubjectPublicKeyInfo), and that key's certificate where it has one.
  spki bytea,
  certificate bytea,
  hash bytea GENERATED ALWAYS AS (sha256(bytes)) STORED,
  -- What is said twice in the same bytes is one.
  PRIMARY KEY (payment_id, kind, hash)
);
CREATE TRIGGER payment_evidence_append_only BEFORE UPDATE OR DELETE ON payment_evidence
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The anchors that may bind one payment are those made while it went on, and the first ones after it.
CREATE INDEX audit_anchor_time ON audit_anchor (at_ms);
