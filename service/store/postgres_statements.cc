// Every answer is text, but for results: it is asked for in binary, in which text and bytes are as they are.
#include "service/store/postgres_statements.h"

#include <algorithm>
#include <array>

namespace flux::service {
namespace {

std::string Jobs(const std::string& which, const std::string& order, bool with_results) {
  return "SELECT p.nth::text, j.id, j.caller, j.key, j.fingerprint, j.request_id, j.model, j.endpoint, "
         "CASE WHEN p.nth = 0 THEN j.plan END, flux.us(j.created_at), flux.us(j.expires_at), "
         "flux.us(j.delivered_at), p.state, p.reserved_nano_usd::text, p.charged_nano_usd::text, p.billed, "
         "p.fal_request_id, p.status_url, p.response_url, p.cancel_url, p.input_sha256, flux.us(p.sent_at), "
         "flux.us(p.ended_at), p.error, " +
         std::string(with_results ? "r.result" : "NULL::bytea") +
         ", j.number::text, w.url, w.state, w.tries::text, w.attempts, flux.us(w.due_at), "
         "flux.us(w.give_up_at) FROM (SELECT * FROM flux.jobs WHERE " +
         which +
         ") j JOIN flux.purchases p ON p.job = j.number LEFT JOIN flux.webhooks w ON w.job = j.number " +
         (with_results ? "LEFT JOIN flux.results r ON r.job = p.job AND r.nth = p.nth " : "") +
         "ORDER BY j.number " + order + ", p.nth";
}

std::string Findings(const std::string& from) {
  return "SELECT finding, flux.us(at), fal_request_id, endpoint, caller, model, job, settled_nano_usd::text, "
         "coalesce(charged_nano_usd, 0)::text FROM " +
         from;
}

std::vector<std::string> Texts() {
  return {
      ("SELECT o_kind, o_id, flux.us(now()), flux.us(o_expires), o_nth::text, o_spent::text, o_held::text "
       "FROM flux.begin_job($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, "
       "$19, $20)"),
      "SELECT flux.mark_sent($1, $2, $3)::text",
      "SELECT flux.mark_accepted($1, $2, $3, $4, $5, $6, $7)::text",
      "SELECT flux.finish($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)::text",
      "SELECT flux.postpone($1, $2, $3)::text",
      "SELECT flux.mark_delivered($1)::text",
      "SELECT flux.claim_due($1, $2, $3, $4)::text",
      Jobs("claim = $1::text AND driver = $2::text AND ended_at IS NULL", "", false),
      "SELECT flux.release($1, $2)::text",
      "SELECT flux.renew($1, $2)::text",
      Jobs("id = $1::text", "", true),
      Jobs("caller = $1::text AND key = $2::text", "", false),
      Jobs("caller = $1::text AND fingerprint = $2::text AND "
           "created_at >= timestamptz 'epoch' + $3::bigint * interval '1 microsecond' "
           "ORDER BY number DESC LIMIT 1",
           "", false),
      Jobs("caller = $1::text AND ($2::bigint = 0 OR number < $2::bigint) AND ($3::text = '' OR "
           "(SELECT min(strpos('RESERVED SENT ACCEPTED UNKNOWN SUCCEEDED FAILED', s.state)) "
           "FROM flux.purchases s WHERE s.job = number) = "
           "strpos('RESERVED SENT ACCEPTED UNKNOWN SUCCEEDED FAILED', $3::text)) "
           "ORDER BY number DESC LIMIT $4::bigint",
           "DESC", false),
      "SELECT o_spent::text, o_reserved::text, flux.us(now()) FROM flux.budgets($1, $2, $3)",
      ("SELECT period, spent_nano_usd::text, reserved_nano_usd::text, purchases::text FROM flux.spending "
       "WHERE account = $1::text AND period COLLATE \"C\" >= $2::text AND length(period) = 10 ORDER BY "
       "period"),
      ("SELECT count(*) FILTER (WHERE state = 'UNKNOWN')::text, flux.us(min(sent_at) FILTER (WHERE state = "
       "'UNKNOWN')), (SELECT count(*) FROM flux.jobs j WHERE delivered_at IS NULL AND EXISTS (SELECT 1 FROM "
       "flux.purchases p WHERE p.job = j.number AND p.state = 'SUCCEEDED'))::text, "
       "count(*) FILTER (WHERE state = 'RESERVED')::text, count(*) FILTER (WHERE state = 'SENT')::text, "
       "count(*) FILTER (WHERE state = 'ACCEPTED')::text, flux.us(min(sent_at) FILTER (WHERE state IN "
       "('SENT', "
       "'ACCEPTED'))), (SELECT count(*) FROM flux.webhooks WHERE due_at IS NOT NULL)::text "
       "FROM flux.purchases WHERE state NOT IN ('SUCCEEDED', 'FAILED')"),
      "SELECT flux.expire($1, $2)::text",
      "SELECT id FROM flux.jobs WHERE ended_at > now() - flux.ms($1) ORDER BY ended_at DESC LIMIT 10000",
      "SELECT flux.keep_input($1, $2, $3, $4)::text",
      ("SELECT i.input FROM flux.jobs j JOIN flux.inputs i ON i.job = j.number WHERE j.id = $1::text AND "
       "i.nth = $2::bigint"),
      "SELECT flux.cancel_job($1, $2, $3)::text",
      Jobs("number = (SELECT job FROM flux.purchases WHERE fal_request_id = $1::text)", "", false),
      "SELECT pg_notify('flux_jobs', $1::text || ' ' || $2::text)::text",
      "SELECT flux.keep_webhook($1, $2, $3, $4)::text",
      "SELECT flux.claim_webhooks($1, $2, $3, $4)::text",
      ("SELECT j.id, w.host, w.url, w.state, w.tries::text, w.attempts, flux.us(w.due_at), "
       "flux.us(w.give_up_at) FROM flux.webhooks w JOIN flux.jobs j ON j.number = w.job WHERE w.claim = "
       "$1::text"),
      "SELECT flux.note_webhook($1, $2, $3, $4, $5, $6)::text",
      "SELECT flux.redeliver($1)::text",
      "SELECT flux.us(o_since), flux.us(o_fetched_until) FROM flux.take_bill_turn($1, $2)",
      "SELECT flux.note_bought($1, $2, $3, $4, $5, $6, $7)::text",
      ("SELECT o_added::text, o_changed::text, o_nano_usd::text FROM flux.keep_charges($1, $2, $3, $4, $5, "
       "$6)"),
      Findings("flux.end_bill_turn($1, $2, $3, $4)") + " ORDER BY at",
      ("SELECT day, explained::text, CASE WHEN $2::boolean THEN '' ELSE caller END AS who, model, "
       "sum(purchases)::text, sum(estimated_nano_usd)::text, sum(settled_nano_usd)::text, "
       "sum(charges)::text, "
       "sum(charged_nano_usd)::text, sum(checked_nano_usd)::text FROM flux.bill_days "
       "WHERE day COLLATE \"C\" >= $1::text AND ($2::boolean OR (explained AND caller = $3::text)) "
       "AND (purchases > 0 OR charges > 0) GROUP BY day, bill_days.explained, who, model "
       "ORDER BY day, bill_days.explained DESC, model"),
      Findings("flux.bill_findings($4)") +
          " WHERE day COLLATE \"C\" >= $1::text AND ($2::boolean OR caller = $3::text) "
          "ORDER BY at DESC, fal_request_id LIMIT $5::bigint",
      "SELECT flux.us(fetched_at) FROM flux.bill_turn",
      "SELECT flux.expire_bill($1, $2)::text",
  };
}

}  // namespace

std::span<const std::string> PostgresStatements() {
  static const std::vector<std::string> texts = Texts();
  return texts;
}

bool Writes(PostgresStatement statement) {
  using S = PostgresStatement;
  constexpr std::array kWriting{
      S::kBegin,         S::kMarkSent,      S::kMarkAccepted, S::kFinish,    S::kPostpone,     S::kClaimDue,
      S::kMarkDelivered, S::kRelease,       S::kRenew,        S::kExpire,    S::kKeepInput,    S::kCancel,
      S::kKeepWebhook,   S::kClaimWebhooks, S::kNoteWebhook,  S::kRedeliver, S::kTakeBillTurn, S::kNoteBought,
      S::kKeepCharges,   S::kEndBillTurn,   S::kExpireBill};
  return std::ranges::find(kWriting, statement) != kWriting.end();
}

std::string StatementName(PostgresStatement statement) {
  return "flux_" + std::to_string(static_cast<std::size_t>(statement));
}

std::string ArrayText(const std::vector<std::string>& items) {
  std::string text = "{";
  for (const std::string& item : items) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (const char c : item) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

std::string ArrayText(const std::vector<std::int64_t>& items) {
  std::vector<std::string> texts;
  texts.reserve(items.size());
  for (const std::int64_t item : items) texts.push_back(std::to_string(item));
  return ArrayText(texts);
}

}  // namespace flux::service
