WITH events AS (
  SELECT
    IFNULL(proto_payload.audit_log.request_metadata.caller_supplied_user_agent, '') AS user_agent,
    IFNULL(proto_payload.audit_log.request_metadata.caller_ip, '') AS source_ip,
    TIMESTAMP_TRUNC(timestamp, SECOND) AS seen
  FROM @{table}
  -- gRPC's word for 401 is UNAUTHENTICATED.
  WHERE resource.type = 'k8s_cluster' AND proto_payload.audit_log.status.code IN (16, 401)
    AND timestamp >= @{since}
    AND timestamp < @{until}
)
SELECT 401 AS code, user_agent, source_ip, COUNT(*) AS requests, MIN(seen) AS first_seen, MAX(seen) AS last_seen
FROM events
GROUP BY user_agent, source_ip
ORDER BY requests DESC, user_agent, source_ip
