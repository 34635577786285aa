WITH lines AS (
  @{source}
), events AS (
  SELECT
    line,
    JSONExtractString(line, 'annotations', 'authentication.k8s.io/stale-token') AS stale,
    parseDateTimeBestEffortOrNull(if(JSONHas(line, 'requestReceivedTimestamp'),
                                     JSONExtractString(line, 'requestReceivedTimestamp'),
                                     JSONExtractString(line, 'stageTimestamp')), 'UTC') AS received
  FROM lines
  WHERE position(line, 'seconds after warning threshold') > 0 AND isValidJSON(line)
), stale AS (
  SELECT
    extract(stale, '^subject: (.+), seconds after warning threshold: [0-9]{1,9}[.]?$') AS subject,
    JSONExtractString(line, 'user', 'extra', 'authentication.kubernetes.io/pod-name', 1) AS pod,
    JSONExtractString(line, 'sourceIPs', -1) AS address,
    -- Where no pod is known, the address tells clients apart.
    if(pod = '', address, '') AS seat,
    JSONExtractString(line, 'userAgent') AS user_agent,
    JSONExtractString(line, 'auditID') AS audit_id,
    toInt64(extract(stale, ': ([0-9]+)[.]?$')) AS seconds,
    assumeNotNull(received) AS seen,
    seen - toIntervalSecond(seconds + @{warn_after}) AS issued
  FROM events
  WHERE match(stale, '^subject: .+, seconds after warning threshold: [0-9]{1,9}[.]?$') AND isNotNull(received)
    AND received >= @{since}
    AND received < @{until}
), ordered AS (
  -- Events of one token can disagree by ten seconds about when it was issued; the earliest is right.
  SELECT *, lagInFrame(issued, 1, issued) OVER (PARTITION BY subject, pod, seat, user_agent ORDER BY issued
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
  FROM stale
)
SELECT subject, pod, max(address) AS source_ip, user_agent,
       uniqExactIf(audit_id, audit_id != '') + countIf(audit_id = '') AS requests,
       1 + countIf(dateDiff('second', before, issued) > 15) AS tokens,
       max(seconds) AS max_seconds,
       min(issued) AS issued_first,
       greatest(issued_first, maxIf(issued, dateDiff('second', before, issued) > 15)) AS issued_last,
       min(seen) AS first_seen, max(seen) AS last_seen,
       issued_last + toIntervalSecond(@{lifetime}) AS breaks_at
FROM ordered
GROUP BY subject, pod, seat, user_agent
ORDER BY breaks_at, subject, pod, source_ip, user_agent
