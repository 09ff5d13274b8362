// Version 4: what was bought and what fal charged for it. Tables and rules as in the SQLite store
// (sqlite_schema_bill.h), but that times are timestamps.
#include <array>

#include "service/store/postgres_schema.h"

namespace flux::service {
namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE flux.bill (
  fal_request_id     text PRIMARY KEY,
  endpoint           text NOT NULL,
  at                 timestamptz NOT NULL,
  day                text NOT NULL,
  caller             text,
  model              text,
  job                text,
  billed             text,
  estimated_nano_usd bigint NOT NULL DEFAULT 0,
  settled_nano_usd   bigint NOT NULL DEFAULT 0,
  charged_nano_usd   bigint,
  charged_at         timestamptz,
  told               boolean NOT NULL DEFAULT false,
  finding            text GENERATED ALWAYS AS (CASE
    WHEN caller IS NULL THEN CASE WHEN charged_nano_usd > 0 THEN 'unexplained' END
    WHEN billed = 'yes' AND settled_nano_usd > 0 AND coalesce(charged_nano_usd, 0) = 0 THEN 'uncharged'
    WHEN billed = 'no' AND charged_nano_usd > 0 THEN 'unexpected' END) STORED
);
CREATE INDEX bill_by_time ON flux.bill (at);
CREATE INDEX bill_findings ON flux.bill (at) WHERE finding IS NOT NULL;
CREATE TABLE flux.bill_days (
  day                text NOT NULL,
  explained          boolean NOT NULL,
  caller             text NOT NULL,
  model              text NOT NULL,
  purchases          bigint NOT NULL,
  estimated_nano_usd bigint NOT NULL,
  settled_nano_usd   bigint NOT NULL,
  charges            bigint NOT NULL,
  charged_nano_usd   bigint NOT NULL,
  checked_nano_usd   bigint NOT NULL,
  PRIMARY KEY (day, explained, caller, model)
);
CREATE TABLE flux.bill_turn (
  one           integer PRIMARY KEY CHECK (one = 1),
  since         timestamptz NOT NULL,
  fetched_until timestamptz NOT NULL,
  fetched_at    timestamptz,
  taken_until   timestamptz NOT NULL DEFAULT '1970-01-01',
  claim         text NOT NULL DEFAULT '',
  held_until    timestamptz NOT NULL DEFAULT '1970-01-01',
  due_at        timestamptz NOT NULL DEFAULT '1970-01-01'
);
CREATE INDEX purchases_by_end ON flux.purchases (ended_at) WHERE ended_at IS NOT NULL;

CREATE VIEW flux.purchases_bought AS SELECT p.job, p.nth, p.ended_at, p.fal_request_id, j.endpoint,
  coalesce(p.ended_at, p.sent_at, j.created_at) AS at, p.reserved_on AS day, j.caller, j.model, j.id,
  CASE WHEN p.state = 'SUCCEEDED' THEN 'yes' ELSE p.billed END AS billed,
  p.reserved_nano_usd AS estimated_nano_usd,
  CASE WHEN p.state = 'UNKNOWN' THEN p.reserved_nano_usd ELSE p.charged_nano_usd END AS settled_nano_usd
FROM flux.purchases p JOIN flux.jobs j ON j.number = p.job
WHERE p.state IN ('UNKNOWN', 'SUCCEEDED', 'FAILED') AND p.fal_request_id <> '';
)sql";

// The sums by day follow the rows.
constexpr const char* kSums = R"sql(
CREATE FUNCTION flux.bill_sum(b flux.bill, sign integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO flux.bill_days AS d VALUES (b.day, b.caller IS NOT NULL, coalesce(b.caller, ''),
    coalesce(b.model, b.endpoint), sign * (b.caller IS NOT NULL)::int, sign * b.estimated_nano_usd,
    sign * b.settled_nano_usd, sign * (b.charged_nano_usd IS NOT NULL)::int,
    sign * coalesce(b.charged_nano_usd, 0),
    sign * CASE WHEN b.charged_nano_usd > 0 THEN b.settled_nano_usd ELSE 0 END)
  ON CONFLICT (day, explained, caller, model) DO UPDATE SET purchases = d.purchases + excluded.purchases,
    estimated_nano_usd = d.estimated_nano_usd + excluded.estimated_nano_usd,
    settled_nano_usd = d.settled_nano_usd + excluded.settled_nano_usd, charges = d.charges + excluded.charges,
    charged_nano_usd = d.charged_nano_usd + excluded.charged_nano_usd,
    checked_nano_usd = d.checked_nano_usd + excluded.checked_nano_usd;
END $$;

CREATE FUNCTION flux.bill_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN PERFORM flux.bill_sum(old, -1); END IF;
  PERFORM flux.bill_sum(new, 1);
  RETURN NULL;
END $$;
CREATE TRIGGER bill_new AFTER INSERT OR UPDATE OF day, caller, model, settled_nano_usd, charged_nano_usd ON flux.bill
FOR EACH ROW EXECUTE FUNCTION flux.bill_new();
)sql";

constexpr const char* kBought = R"sql(
-- Purchases of the view that are to be in the bill. p_job: those of one job.
CREATE FUNCTION flux.take_in_job(p_job bigint, p_nth integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM flux.bill_turn) THEN RETURN; END IF;
  INSERT INTO flux.bill AS b (fal_request_id, endpoint, at, day, caller, model, job, billed, estimated_nano_usd,
                              settled_nano_usd)
  SELECT v.fal_request_id, v.endpoint, v.at, v.day, v.caller, v.model, v.id, v.billed, v.estimated_nano_usd,
         v.settled_nano_usd
  FROM flux.purchases_bought v WHERE v.job = p_job AND (p_nth IS NULL OR v.nth = p_nth)
  ON CONFLICT (fal_request_id) DO UPDATE SET at = excluded.at, day = excluded.day, caller = excluded.caller,
    model = excluded.model, job = excluded.job, billed = excluded.billed,
    estimated_nano_usd = excluded.estimated_nano_usd, settled_nano_usd = excluded.settled_nano_usd
  WHERE b.caller IS NULL;
END $$;

CREATE FUNCTION flux.bill_job_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM flux.take_in_job(old.number, NULL);
  RETURN old;
END $$;
CREATE TRIGGER bill_before_job_goes BEFORE DELETE ON flux.jobs FOR EACH ROW EXECUTE FUNCTION flux.bill_job_goes();
CREATE FUNCTION flux.bill_purchase_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM flux.take_in_job(old.job, old.nth);
  RETURN new;
END $$;
CREATE TRIGGER bill_before_purchase_is_anew BEFORE UPDATE OF fal_request_id ON flux.purchases FOR EACH ROW
WHEN (old.fal_request_id IS NOT NULL AND new.fal_request_id IS NULL) EXECUTE FUNCTION flux.bill_purchase_anew();

CREATE FUNCTION flux.take_in_bought() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- What ends while somebody looks is looked at again.
  INSERT INTO flux.bill AS b (fal_request_id, endpoint, at, day, caller, model, job, billed, estimated_nano_usd,
                              settled_nano_usd)
  SELECT v.fal_request_id, v.endpoint, v.at, v.day, v.caller, v.model, v.id, v.billed, v.estimated_nano_usd,
         v.settled_nano_usd
  FROM flux.purchases_bought v
  WHERE v.ended_at >= (SELECT greatest(t.taken_until, t.since) FROM flux.bill_turn t) - interval '2 minutes'
  ON CONFLICT (fal_request_id) DO UPDATE SET at = excluded.at, day = excluded.day, caller = excluded.caller,
    model = excluded.model, job = excluded.job, billed = excluded.billed,
    estimated_nano_usd = excluded.estimated_nano_usd, settled_nano_usd = excluded.settled_nano_usd
  WHERE b.caller IS NULL OR b.billed <> excluded.billed OR b.settled_nano_usd <> excluded.settled_nano_usd;
  UPDATE flux.bill_turn SET taken_until = now();
END $$;

CREATE FUNCTION flux.note_bought(p_ids text[], p_endpoints text[], p_callers text[], p_models text[],
                                 p_billed text[], p_estimated bigint[], p_settled bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM flux.lock();
  INSERT INTO flux.bill AS b (fal_request_id, endpoint, at, day, caller, model, billed, estimated_nano_usd,
                              settled_nano_usd)
  SELECT DISTINCT ON (n.id) n.id, n.endpoint, now(), flux.day(), n.caller, n.model, n.billed, n.estimated, n.settled
  FROM unnest(p_ids, p_endpoints, p_callers, p_models, p_billed, p_estimated, p_settled)
    AS n(id, endpoint, caller, model, billed, estimated, settled)
  ON CONFLICT (fal_request_id) DO UPDATE SET at = excluded.at, day = excluded.day, caller = excluded.caller,
    model = excluded.model, billed = excluded.billed, estimated_nano_usd = excluded.estimated_nano_usd,
    settled_nano_usd = excluded.settled_nano_usd
  WHERE b.caller IS NULL;
END $$;
)sql";

constexpr const char* kTurns = R"sql(
CREATE FUNCTION flux.take_bill_turn(p_claim text, p_hold_ms bigint)
RETURNS TABLE (o_since timestamptz, o_fetched_until timestamptz) LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM flux.bill_turn WHERE due_at > now() OR held_until > now()) THEN RETURN; END IF;
  PERFORM flux.lock();
  INSERT INTO flux.bill_turn (one, since, fetched_until) VALUES (1, now(), now()) ON CONFLICT DO NOTHING;
  UPDATE flux.bill_turn SET claim = p_claim, held_until = now() + flux.ms(p_hold_ms)
  WHERE due_at <= now() AND held_until <= now();
  IF NOT FOUND THEN RETURN; END IF;
  PERFORM flux.take_in_bought();
  RETURN QUERY SELECT since, fetched_until FROM flux.bill_turn;
END $$;

CREATE FUNCTION flux.keep_charges(p_claim text, p_hold_ms bigint, p_ids text[], p_endpoints text[],
                                  p_times bigint[], p_amounts bigint[])
RETURNS TABLE (o_added bigint, o_changed bigint, o_nano_usd bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_turn flux.bill_turn;
  v_one record;
  v_at timestamptz;
  v_known bigint;
  v_there boolean;
BEGIN
  PERFORM flux.lock();
  UPDATE flux.bill_turn SET held_until = now() + flux.ms(p_hold_ms) WHERE claim = p_claim RETURNING * INTO v_turn;
  IF NOT FOUND THEN RETURN; END IF;
  o_added := 0;
  o_changed := 0;
  o_nano_usd := 0;
  FOR v_one IN SELECT * FROM unnest(p_ids, p_endpoints, p_times, p_amounts) AS c(id, endpoint, us, amount) LOOP
    SELECT b.charged_nano_usd INTO v_known FROM flux.bill b WHERE b.fal_request_id = v_one.id;
    v_there := FOUND;
    CONTINUE WHEN v_known = v_one.amount;
    v_at := timestamptz 'epoch' + v_one.us * interval '1 microsecond';
    CONTINUE WHEN NOT v_there AND v_at < v_turn.since
      AND NOT EXISTS (SELECT 1 FROM flux.purchases p WHERE p.fal_request_id = v_one.id);
    INSERT INTO flux.bill (fal_request_id, endpoint, at, day, charged_nano_usd, charged_at)
    VALUES (v_one.id, v_one.endpoint, v_at, to_char(v_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), v_one.amount, v_at)
    ON CONFLICT (fal_request_id) DO UPDATE SET charged_nano_usd = excluded.charged_nano_usd,
      charged_at = excluded.charged_at;
    IF v_known IS NULL THEN o_added := o_added + 1; ELSE o_changed := o_changed + 1; END IF;
    o_nano_usd := o_nano_usd + v_one.amount - coalesce(v_known, 0);
  END LOOP;
  RETURN NEXT;
END $$;

-- Findings that are old enough; what was not looked at yet proves nothing, however old it is.
CREATE FUNCTION flux.bill_findings(p_lag_ms bigint) RETURNS SETOF flux.bill LANGUAGE sql STABLE AS $$
  SELECT b.* FROM flux.bill b WHERE b.finding IS NOT NULL
    AND b.at < least(now(), (SELECT t.fetched_until FROM flux.bill_turn t)) - flux.ms(p_lag_ms)
    AND NOT EXISTS (SELECT 1 FROM flux.purchases p WHERE b.caller IS NULL AND p.fal_request_id = b.fal_request_id)
$$;

CREATE FUNCTION flux.end_bill_turn(p_claim text, p_until_us bigint, p_due_ms bigint, p_lag_ms bigint)
RETURNS SETOF flux.bill LANGUAGE plpgsql AS $$
BEGIN
  PERFORM flux.lock();
  UPDATE flux.bill_turn SET held_until = now(), claim = '', due_at = now() + flux.ms(p_due_ms),
    fetched_until = greatest(fetched_until, CASE WHEN p_until_us > 0 THEN
      timestamptz 'epoch' + p_until_us * interval '1 microsecond' END),
    fetched_at = CASE WHEN p_until_us > 0 THEN now() ELSE fetched_at END
  WHERE claim = p_claim;
  IF NOT FOUND THEN RETURN; END IF;
  PERFORM flux.take_in_bought();
  RETURN QUERY UPDATE flux.bill SET told = true WHERE fal_request_id IN (
    SELECT f.fal_request_id FROM flux.bill_findings(p_lag_ms) f WHERE NOT f.told ORDER BY f.at LIMIT 100)
  RETURNING *;
END $$;

CREATE FUNCTION flux.expire_bill(p_days integer, p_spending_days integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM flux.bill_turn) THEN RETURN; END IF;
  PERFORM flux.lock();
  DELETE FROM flux.bill WHERE fal_request_id IN (SELECT b.fal_request_id FROM flux.bill b WHERE b.at < greatest(
    (SELECT t.fetched_until FROM flux.bill_turn t) - p_days * interval '1 day', now() - interval '91 days')
    ORDER BY b.at LIMIT 2000);
  DELETE FROM flux.bill_days
  WHERE day < to_char((now() AT TIME ZONE 'UTC') - p_spending_days * interval '1 day', 'YYYY-MM-DD');
END $$;
)sql";

}  // namespace

PostgresSchemaStep PostgresBillStep() {
  static constexpr std::array kAll{kTables, kSums, kBought, kTurns};
  return kAll;
}

}  // namespace flux::service
