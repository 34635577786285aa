WITH lines AS (
  @{source}
), events AS (
  SELECT
    line,
    json_extract_string(line, '$.annotations."authentication.k8s.io/stale-token"') AS stale,
    TRY_CAST(coalesce(json_extract_string(line, '$.requestReceivedTimestamp'),
                      json_extract_string(line, '$.stageTimestamp')) AS TIMESTAMP) AS seen
  FROM lines
  WHERE contains(line, 'seconds after warning threshold') AND json_valid(line)
), stale AS (
  SELECT
    regexp_extract(stale, '^subject: (.+), seconds after warning threshold: [0-9]{1,9}[.]?$', 1) AS subject,
    coalesce(json_extract_string(line, '$.user.extra."authentication.kubernetes.io/pod-name"[0]'), '') AS pod,
    coalesce(json_extract_string(line, '$.sourceIPs[#-1]'), '') AS address,
    coalesce(json_extract_string(line, '$.userAgent'), '') AS user_agent,
    json_extract_string(line, '$.auditID') AS audit_id,
    CAST(regexp_extract(stale, ': ([0-9]+)[.]?$', 1) AS BIGINT) AS seconds,
    date_trunc('second', seen) AS seen
  FROM events
  WHERE regexp_matches(stale, '^subject: .+, seconds after warning threshold: [0-9]{1,9}[.]?$') AND seen IS NOT NULL
    AND seen >= @{since}
    AND seen < @{until}
), seated AS (
  -- Where no pod is known, the address tells clients apart.
  SELECT *, CASE pod WHEN '' THEN address ELSE '' END AS seat, seen - to_seconds(seconds + @{warn_after}) AS issued
  FROM stale
), ordered AS (
  -- Events of one token can disagree by ten seconds about when it was issued; the earliest is right.
  SELECT *, issued - lag(issued) OVER (PARTITION BY subject, pod, seat, user_agent ORDER BY issued) > INTERVAL 15 SECOND
              AS is_another
  FROM seated
)
SELECT subject, pod, max(address) AS source_ip, user_agent,
       count(DISTINCT audit_id) + count(*) FILTER (audit_id IS NULL) AS requests,
       1 + count(*) FILTER (is_another) AS tokens,
       max(seconds) AS max_seconds,
       min(issued) AS issued_first,
       coalesce(max(issued) FILTER (is_another), min(issued)) AS issued_last,
       min(seen) AS first_seen, max(seen) AS last_seen,
       issued_last + to_seconds(@{lifetime}) AS breaks_at
FROM ordered
GROUP BY subject, pod, seat, user_agent
ORDER BY breaks_at, subject, pod, source_ip, user_agent;
