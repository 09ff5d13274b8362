// Version 4 of the tables: what was bought and what fal charged for it.
#pragma once

namespace flux::service {

// `bill` has a row for each request of fal's, of ours, of fal's bill, or of both. The sums by day follow it
// by triggers. A purchase that is forgotten, or loses its id because it is made again, leaves its row as soon
// as somebody has begun to ask fal.
inline constexpr const char* kSqliteVersion4 = R"sql(
CREATE TABLE bill (
  fal_request_id     TEXT PRIMARY KEY,
  endpoint           TEXT NOT NULL,
  at                 INTEGER NOT NULL,
  day                TEXT NOT NULL,
  caller             TEXT,
  model              TEXT,
  job                TEXT,
  billed             TEXT,
  estimated_nano_usd INTEGER NOT NULL DEFAULT 0,
  settled_nano_usd   INTEGER NOT NULL DEFAULT 0,
  charged_nano_usd   INTEGER,
  charged_at         INTEGER,
  told               INTEGER NOT NULL DEFAULT 0,
  finding            TEXT GENERATED ALWAYS AS (CASE
    WHEN caller IS NULL THEN CASE WHEN charged_nano_usd > 0 THEN 'unexplained' END
    WHEN billed = 'yes' AND settled_nano_usd > 0 AND coalesce(charged_nano_usd, 0) = 0 THEN 'uncharged'
    WHEN billed = 'no' AND charged_nano_usd > 0 THEN 'unexpected' END) VIRTUAL
) WITHOUT ROWID;
CREATE INDEX bill_by_time ON bill (at);
CREATE INDEX bill_findings ON bill (at) WHERE finding IS NOT NULL;
CREATE TABLE bill_days (
  day                TEXT NOT NULL,
  explained          INTEGER NOT NULL,
  caller             TEXT NOT NULL,
  model              TEXT NOT NULL,
  purchases          INTEGER NOT NULL,
  estimated_nano_usd INTEGER NOT NULL,
  settled_nano_usd   INTEGER NOT NULL,
  charges            INTEGER NOT NULL,
  charged_nano_usd   INTEGER NOT NULL,
  checked_nano_usd   INTEGER NOT NULL,
  PRIMARY KEY (day, explained, caller, model)
) WITHOUT ROWID;
CREATE TABLE bill_turn (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  since         INTEGER NOT NULL,
  fetched_until INTEGER NOT NULL,
  fetched_at    INTEGER,
  taken_until   INTEGER NOT NULL DEFAULT 0,
  claim         TEXT NOT NULL DEFAULT '',
  held_until    INTEGER NOT NULL DEFAULT 0,
  due_at        INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX purchases_by_end ON purchases (ended_at) WHERE ended_at IS NOT NULL;

CREATE TRIGGER bill_new AFTER INSERT ON bill BEGIN
  INSERT INTO bill_days VALUES (new.day, new.caller IS NOT NULL, coalesce(new.caller, ''),
    coalesce(new.model, new.endpoint), new.caller IS NOT NULL, new.estimated_nano_usd, new.settled_nano_usd,
    new.charged_nano_usd IS NOT NULL, coalesce(new.charged_nano_usd, 0),
    CASE WHEN new.charged_nano_usd > 0 THEN new.settled_nano_usd ELSE 0 END)
  ON CONFLICT (day, explained, caller, model) DO UPDATE SET purchases = purchases + excluded.purchases,
    estimated_nano_usd = estimated_nano_usd + excluded.estimated_nano_usd,
    settled_nano_usd = settled_nano_usd + excluded.settled_nano_usd, charges = charges + excluded.charges,
    charged_nano_usd = charged_nano_usd + excluded.charged_nano_usd,
    checked_nano_usd = checked_nano_usd + excluded.checked_nano_usd;
END;
CREATE TRIGGER bill_changed AFTER UPDATE OF day, caller, model, settled_nano_usd, charged_nano_usd ON bill BEGIN
  UPDATE bill_days SET purchases = purchases - (old.caller IS NOT NULL),
    estimated_nano_usd = estimated_nano_usd - old.estimated_nano_usd,
    settled_nano_usd = settled_nano_usd - old.settled_nano_usd,
    charges = charges - (old.charged_nano_usd IS NOT NULL),
    charged_nano_usd = charged_nano_usd - coalesce(old.charged_nano_usd, 0),
    checked_nano_usd = checked_nano_usd - CASE WHEN old.charged_nano_usd > 0 THEN old.settled_nano_usd ELSE 0 END
  WHERE day = old.day AND explained = (old.caller IS NOT NULL) AND caller = coalesce(old.caller, '')
    AND model = coalesce(old.model, old.endpoint);
  INSERT INTO bill_days VALUES (new.day, new.caller IS NOT NULL, coalesce(new.caller, ''),
    coalesce(new.model, new.endpoint), new.caller IS NOT NULL, new.estimated_nano_usd, new.settled_nano_usd,
    new.charged_nano_usd IS NOT NULL, coalesce(new.charged_nano_usd, 0),
    CASE WHEN new.charged_nano_usd > 0 THEN new.settled_nano_usd ELSE 0 END)
  ON CONFLICT (day, explained, caller, model) DO UPDATE SET purchases = purchases + excluded.purchases,
    estimated_nano_usd = estimated_nano_usd + excluded.estimated_nano_usd,
    settled_nano_usd = settled_nano_usd + excluded.settled_nano_usd, charges = charges + excluded.charges,
    charged_nano_usd = charged_nano_usd + excluded.charged_nano_usd,
    checked_nano_usd = checked_nano_usd + excluded.checked_nano_usd;
END;

CREATE VIEW purchases_bought AS SELECT p.job, p.nth, p.ended_at, p.fal_request_id, j.endpoint,
  coalesce(p.ended_at, p.sent_at, j.created_at) AS at, p.reserved_on AS day, j.caller, j.model, j.id,
  CASE WHEN p.state = 'SUCCEEDED' THEN 'yes' ELSE p.billed END AS billed,
  p.reserved_nano_usd AS estimated_nano_usd,
  CASE WHEN p.state = 'UNKNOWN' THEN p.reserved_nano_usd ELSE p.charged_nano_usd END AS settled_nano_usd
FROM purchases p JOIN jobs j ON j.number = p.job
WHERE p.state IN ('UNKNOWN', 'SUCCEEDED', 'FAILED') AND p.fal_request_id <> '';

CREATE TRIGGER bill_before_job_goes BEFORE DELETE ON jobs WHEN EXISTS (SELECT 1 FROM bill_turn) BEGIN
  INSERT INTO bill (fal_request_id, endpoint, at, day, caller, model, job, billed, estimated_nano_usd,
                    settled_nano_usd)
  SELECT fal_request_id, endpoint, at, day, caller, model, id, billed, estimated_nano_usd, settled_nano_usd
  FROM purchases_bought WHERE job = old.number
  ON CONFLICT (fal_request_id) DO UPDATE SET at = excluded.at, day = excluded.day, caller = excluded.caller,
    model = excluded.model, job = excluded.job, billed = excluded.billed,
    estimated_nano_usd = excluded.estimated_nano_usd, settled_nano_usd = excluded.settled_nano_usd
  WHERE bill.caller IS NULL;
END;
CREATE TRIGGER bill_before_purchase_is_anew BEFORE UPDATE OF fal_request_id ON purchases
WHEN old.fal_request_id IS NOT NULL AND new.fal_request_id IS NULL AND EXISTS (SELECT 1 FROM bill_turn) BEGIN
  INSERT INTO bill (fal_request_id, endpoint, at, day, caller, model, job, billed, estimated_nano_usd,
                    settled_nano_usd)
  SELECT fal_request_id, endpoint, at, day, caller, model, id, billed, estimated_nano_usd, settled_nano_usd
  FROM purchases_bought WHERE job = old.job AND nth = old.nth
  ON CONFLICT (fal_request_id) DO UPDATE SET at = excluded.at, day = excluded.day, caller = excluded.caller,
    model = excluded.model, job = excluded.job, billed = excluded.billed,
    estimated_nano_usd = excluded.estimated_nano_usd, settled_nano_usd = excluded.settled_nano_usd
  WHERE bill.caller IS NULL;
END;
)sql";

}  // namespace flux::service
