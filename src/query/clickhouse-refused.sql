WITH lines AS (
  @{source}
), events AS (
  SELECT
    JSONExtractString(line, 'userAgent') AS user_agent,
    JSONExtractString(line, 'sourceIPs', -1) AS source_ip,
    JSONExtractString(line, 'user', 'username') AS username,
    parseDateTimeBestEffortOrNull(if(JSONHas(line, 'requestReceivedTimestamp'),
                                     JSONExtractString(line, 'requestReceivedTimestamp'),
                                     JSONExtractString(line, 'stageTimestamp')), 'UTC') AS seen
  FROM lines
  WHERE position(line, '401') > 0 AND isValidJSON(line) AND JSONExtractInt(line, 'responseStatus', 'code') = 401
)
SELECT 401 AS code, user_agent, source_ip, count() AS requests, min(seen) AS first_seen, max(seen) AS last_seen
FROM events
WHERE isNotNull(seen) AND NOT startsWith(username, 'system:serviceaccount:')
  AND seen >= @{since}
  AND seen < @{until}
GROUP BY user_agent, source_ip
ORDER BY requests DESC, user_agent, source_ip
