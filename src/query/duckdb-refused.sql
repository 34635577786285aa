WITH lines AS (
  @{source}
), events AS (
  SELECT
    coalesce(json_extract_string(line, '$.userAgent'), '') AS user_agent,
    coalesce(json_extract_string(line, '$.sourceIPs[#-1]'), '') AS source_ip,
    coalesce(json_extract_string(line, '$.user.username'), '') AS username,
    date_trunc('second', TRY_CAST(coalesce(json_extract_string(line, '$.requestReceivedTimestamp'),
                                           json_extract_string(line, '$.stageTimestamp')) AS TIMESTAMP)) AS seen
  FROM lines
  WHERE contains(line, '401') AND json_valid(line) AND json_extract_string(line, '$.responseStatus.code') = '401'
)
SELECT 401 AS code, user_agent, source_ip, count(*) AS requests, min(seen) AS first_seen, max(seen) AS last_seen
FROM events
WHERE seen IS NOT NULL AND NOT starts_with(username, 'system:serviceaccount:')
  AND seen >= @{since}
  AND seen < @{until}
GROUP BY user_agent, source_ip
ORDER BY requests DESC, user_agent, source_ip;
