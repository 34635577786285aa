WITH lines AS (
  -- An export of CloudWatch puts a time before each event.
  SELECT regexp_extract(@{column}, '\{.*\}') AS line
  FROM @{table}
  WHERE strpos(@{column}, 'seconds after warning threshold') > 0
), events AS (
  SELECT
    line,
    json_extract_scalar(line, '$.annotations["authentication.k8s.io/stale-token"]') AS stale,
    date_trunc('second', from_iso8601_timestamp(coalesce(json_extract_scalar(line, '$.requestReceivedTimestamp'),
                                                         json_extract_scalar(line, '$.stageTimestamp')))) AS seen
  FROM lines
), stale AS (
  SELECT
    regexp_extract(stale, '^subject: (.+), seconds after warning threshold: [0-9]{1,9}[.]?$', 1) AS subject,
    coalesce(json_extract_scalar(line, '$.user.extra["authentication.kubernetes.io/pod-name"][0]'), '') AS pod,
    coalesce(element_at(CAST(json_extract(line, '$.sourceIPs') AS array(varchar)), -1), '') AS address,
    coalesce(json_extract_scalar(line, '$.userAgent'), '') AS user_agent,
    json_extract_scalar(line, '$.auditID') AS audit_id,
    CAST(regexp_extract(stale, ': ([0-9]+)[.]?$', 1) AS bigint) AS seconds,
    seen
  FROM events
  WHERE regexp_like(stale, '^subject: .+, seconds after warning threshold: [0-9]{1,9}[.]?$')
    AND seen >= @{since}
    AND seen < @{until}
), seated AS (
  -- Where no pod is known, the address tells clients apart.
  SELECT *, CASE pod WHEN '' THEN address ELSE '' END AS seat, date_add('second', -(seconds + @{warn_after}), seen) AS issued
  FROM stale
), ordered AS (
  -- Events of one token can disagree by ten seconds about when it was issued; the earliest is right.
  SELECT *, date_diff('second', lag(issued) OVER (PARTITION BY subject, pod, seat, user_agent ORDER BY issued), issued) > 15
              AS is_another
  FROM seated
)
SELECT subject, pod, max(address) AS source_ip, user_agent,
       count(DISTINCT audit_id) + count_if(audit_id IS NULL) AS requests,
       1 + count_if(is_another) AS tokens,
       max(seconds) AS max_seconds,
       min(issued) AS issued_first,
       coalesce(max(issued) FILTER (WHERE is_another), min(issued)) AS issued_last,
       min(seen) AS first_seen, max(seen) AS last_seen,
       date_add('second', @{lifetime}, coalesce(max(issued) FILTER (WHERE is_another), min(issued))) AS breaks_at
FROM ordered
GROUP BY subject, pod, seat, user_agent
ORDER BY breaks_at, subject, pod, source_ip, user_agent
