-- What staff look for among payments, so that a rare state or reason is found as fast among a million as among a thousand:
-- for the whole platform, a merchant, and a machine. Only what ended uncharged has an end reason.
CREATE INDEX payment_state ON payment (state, claimed_at_ms DESC, payment_id DESC);
CREATE INDEX payment_state_of_merchant ON payment (merchant_id, state, claimed_at_ms DESC, payment_id DESC);
CREATE INDEX payment_state_of_machine ON payment (machine_id, state, claimed_at_ms DESC, payment_id DESC);
CREATE INDEX payment_end ON payment ((body ->> 'endReason'), claimed_at_ms DESC, payment_id DESC)
  WHERE body ->> 'endReason' IS NOT NULL;
CREATE INDEX payment_end_of_merchant
  ON payment (merchant_id, (body ->> 'endReason'), claimed_at_ms DESC, payment_id DESC)
  WHERE body ->> 'endReason' IS NOT NULL;
CREATE INDEX payment_end_of_machine
  ON payment (machine_id, (body ->> 'endReason'), claimed_at_ms DESC, payment_id DESC)
  WHERE body ->> 'endReason' IS NOT NULL;
CREATE INDEX payment_case_of_machine ON payment (machine_id, claimed_at_ms DESC, payment_id DESC)
  WHERE open_case IS NOT NULL;
