// Version 3: webhooks of jobs, and more that other processes are told of.
#include <array>

#include "service/store/postgres_schema.h"

namespace flux::service {
namespace {

// A webhook is due from the end of its job on, for a day; one that began anew has not ended.
constexpr const char* kWebhooks = R"sql(
CREATE TABLE flux.webhooks (
  job        bigint PRIMARY KEY REFERENCES flux.jobs (number) ON DELETE CASCADE,
  url        text NOT NULL,
  host       text NOT NULL,
  state      text NOT NULL DEFAULT 'PENDING',
  tries      bigint NOT NULL DEFAULT 0,
  attempts   text NOT NULL DEFAULT '',
  due_at     timestamptz,
  give_up_at timestamptz,
  claim      text
);
CREATE INDEX webhooks_due ON flux.webhooks (due_at) WHERE due_at IS NOT NULL;

CREATE FUNCTION flux.webhook_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.ended_at IS NULL THEN
    UPDATE flux.webhooks SET state = 'PENDING', tries = 0, due_at = NULL, give_up_at = NULL, claim = NULL
    WHERE job = new.number;
  ELSE
    UPDATE flux.webhooks SET state = 'PENDING', due_at = new.ended_at, give_up_at = new.ended_at + interval '1 day'
    WHERE job = new.number;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER webhooks_due AFTER UPDATE OF ended_at ON flux.jobs FOR EACH ROW
WHEN ((old.ended_at IS NULL) <> (new.ended_at IS NULL)) EXECUTE FUNCTION flux.webhook_due();

-- Of the job that this driver has just begun or revived with the claim p_claim.
CREATE FUNCTION flux.keep_webhook(p_claim text, p_driver text, p_url text, p_host text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM flux.lock();
  INSERT INTO flux.webhooks (job, url, host)
  SELECT j.number, p_url, p_host FROM flux.jobs j
  WHERE j.claim = p_claim AND j.driver = p_driver AND j.ended_at IS NULL
  ON CONFLICT (job) DO UPDATE SET url = excluded.url, host = excluded.host;
  RETURN FOUND;
END $$;

CREATE FUNCTION flux.claim_webhooks(p_limit bigint, p_busy text[], p_hold_ms bigint, p_claim text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM flux.webhooks WHERE due_at <= now() AND host <> ALL (p_busy)) THEN RETURN; END IF;
  PERFORM flux.lock();
  UPDATE flux.webhooks SET claim = p_claim, due_at = now() + flux.ms(p_hold_ms) WHERE job IN (
    SELECT w.job FROM flux.webhooks w WHERE w.due_at <= now() AND w.host <> ALL (p_busy)
    ORDER BY w.due_at LIMIT p_limit);
END $$;

CREATE FUNCTION flux.note_webhook(p_id text, p_claim text, p_state text, p_due_ms bigint, p_tries bigint,
                                  p_attempts text)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM flux.lock();
  UPDATE flux.webhooks SET state = p_state, tries = p_tries, attempts = p_attempts, claim = NULL,
    due_at = CASE WHEN p_state = 'PENDING' THEN now() + flux.ms(p_due_ms) END
  WHERE job = (SELECT number FROM flux.jobs WHERE id = p_id) AND claim = p_claim;
  RETURN FOUND;
END $$;

CREATE FUNCTION flux.redeliver(p_id text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM flux.lock();
  UPDATE flux.webhooks SET state = 'PENDING', tries = 0, claim = NULL, due_at = now(),
    give_up_at = now() + interval '1 day'
  WHERE job = (SELECT number FROM flux.jobs WHERE id = p_id AND ended_at IS NOT NULL);
  RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION flux.expire(p_limit bigint, p_spending_days integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_numbers bigint[];
BEGIN
  PERFORM flux.lock();
  v_numbers := ARRAY(
    SELECT j.number FROM flux.jobs j
    WHERE j.expires_at <= now() AND (j.driver IS NULL OR NOT flux.alive(j.driver)) AND NOT EXISTS (
      SELECT 1 FROM flux.purchases p WHERE p.job = j.number AND p.state IN ('RESERVED', 'SENT', 'ACCEPTED'))
      AND NOT EXISTS (SELECT 1 FROM flux.webhooks w WHERE w.job = j.number AND w.due_at IS NOT NULL)
    ORDER BY j.expires_at LIMIT p_limit);
  -- Nobody will ever know what became of these: fal may have billed them, so they count as spent.
  PERFORM flux.settle(p.job, p.reserved_on, p.reserved_nano_usd, p.reserved_nano_usd)
  FROM flux.purchases p WHERE p.job = ANY (v_numbers) AND p.state = 'UNKNOWN';
  DELETE FROM flux.jobs WHERE number = ANY (v_numbers);
  DELETE FROM flux.spending
  WHERE period < to_char((now() AT TIME ZONE 'UTC') - p_spending_days * interval '1 day', 'YYYY-MM-DD');
  DELETE FROM flux.drivers d WHERE d.lease_until < now() - interval '1 day'
    AND NOT EXISTS (SELECT 1 FROM flux.jobs j WHERE j.ended_at IS NULL AND j.driver = d.id);
  RETURN coalesce(array_length(v_numbers, 1), 0);
END $$;
)sql";

// Whoever follows a job in another process hears of each of its steps; of ends they hear already.
constexpr const char* kSteps = R"sql(
CREATE FUNCTION flux.tell_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('flux_jobs', coalesce(j.driver, '') || ' ' || j.id) FROM flux.jobs j WHERE j.number = new.job;
  RETURN NULL;
END $$;
CREATE TRIGGER purchases_tell_step AFTER UPDATE OF state ON flux.purchases FOR EACH ROW
WHEN (old.state <> new.state AND new.state IN ('SENT', 'ACCEPTED')) EXECUTE FUNCTION flux.tell_step();
)sql";

}  // namespace

PostgresSchemaStep PostgresJobsStep() {
  static constexpr std::array kAll{kWebhooks, kSteps};
  return kAll;
}

}  // namespace flux::service
