WITH events AS (
  SELECT
    JSON_VALUE(labels, '$."authentication.k8s.io/stale-token"') AS stale,
    proto_payload.audit_log.request_metadata AS request,
    insert_id,
    TIMESTAMP_TRUNC(timestamp, SECOND) AS seen
  FROM @{table}
  WHERE resource.type = 'k8s_cluster'
    AND timestamp >= @{since}
    AND timestamp < @{until}
), stale AS (
  SELECT
    REGEXP_EXTRACT(stale, r'^subject: (.+), seconds after warning threshold: [0-9]{1,9}[.]?$') AS subject,
    -- Cloud Logging does not say which pod it was.
    '' AS pod,
    IFNULL(request.caller_ip, '') AS source_ip,
    IFNULL(request.caller_supplied_user_agent, '') AS user_agent,
    insert_id,
    CAST(REGEXP_EXTRACT(stale, r': ([0-9]+)[.]?$') AS INT64) AS seconds,
    seen
  FROM events
  WHERE REGEXP_CONTAINS(stale, r'^subject: .+, seconds after warning threshold: [0-9]{1,9}[.]?$')
), dated AS (
  SELECT *, TIMESTAMP_SUB(seen, INTERVAL (seconds + @{warn_after}) SECOND) AS issued
  FROM stale
), ordered AS (
  -- Events of one token can disagree by ten seconds about when it was issued; the earliest is right.
  SELECT *,
    TIMESTAMP_DIFF(issued, LAG(issued) OVER (PARTITION BY subject, source_ip, user_agent ORDER BY issued), SECOND) > 15
      AS is_another
  FROM dated
)
SELECT subject, pod, source_ip, user_agent,
       COUNT(DISTINCT insert_id) AS requests,
       1 + COUNTIF(is_another) AS tokens,
       MAX(seconds) AS max_seconds,
       MIN(issued) AS issued_first,
       IFNULL(MAX(IF(is_another, issued, NULL)), MIN(issued)) AS issued_last,
       MIN(seen) AS first_seen, MAX(seen) AS last_seen,
       TIMESTAMP_ADD(IFNULL(MAX(IF(is_another, issued, NULL)), MIN(issued)), INTERVAL @{lifetime} SECOND) AS breaks_at
FROM ordered
GROUP BY subject, pod, source_ip, user_agent
ORDER BY breaks_at, subject, source_ip, user_agent
