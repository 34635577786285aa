WITH lines AS (
  -- An export of CloudWatch puts a time before each event.
  SELECT regexp_extract(@{column}, '\{.*\}') AS line
  FROM @{table}
  WHERE strpos(@{column}, '401') > 0
), events AS (
  SELECT
    coalesce(json_extract_scalar(line, '$.userAgent'), '') AS user_agent,
    coalesce(element_at(CAST(json_extract(line, '$.sourceIPs') AS array(varchar)), -1), '') AS source_ip,
    coalesce(json_extract_scalar(line, '$.user.username'), '') AS username,
    date_trunc('second', from_iso8601_timestamp(coalesce(json_extract_scalar(line, '$.requestReceivedTimestamp'),
                                                         json_extract_scalar(line, '$.stageTimestamp')))) AS seen
  FROM lines
  WHERE json_extract_scalar(line, '$.responseStatus.code') = '401'
)
SELECT 401 AS code, user_agent, source_ip, count(*) AS requests, min(seen) AS first_seen, max(seen) AS last_seen
FROM events
WHERE username NOT LIKE 'system:serviceaccount:%'
  AND seen >= @{since}
  AND seen < @{until}
GROUP BY user_agent, source_ip
ORDER BY requests DESC, user_agent, source_ip
