-- Free starts: staff let a machine run without a payment. A signed command of its own kind (I2), recorded before it is
-- sent; never a payment of zero.
CREATE TABLE free_start (
  start_id text PRIMARY KEY CHECK (start_id ~ '^[0-9a-f]{32}$'),
  command_id text NOT NULL UNIQUE CHECK (command_id ~ '^[0-9a-f]{32}$'),
  merchant_id text NOT NULL REFERENCES merchant,
  machine_id text NOT NULL REFERENCES machine,
  chip_id text NOT NULL REFERENCES chip,
  product_id bigint NOT NULL,
  units integer NOT NULL CHECK (units > 0),
  max_duration_s integer NOT NULL CHECK (max_duration_s > 0),
  authorised_by text NOT NULL,
  reason text NOT NULL,
  state text NOT NULL CHECK (state IN ('authorised', 'commanded', 'started', 'finished', 'refused')),
  boot text,
  deadline_ms bigint,
  outcome jsonb,
  refused_because text,
  authorised_at_ms bigint NOT NULL,
  changed_at_ms bigint NOT NULL
);
CREATE INDEX free_start_open ON free_start (authorised_at_ms) WHERE state IN ('authorised', 'commanded', 'started');
