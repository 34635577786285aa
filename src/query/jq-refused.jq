# Seconds since 1970, reckoned here: jq 1.6 is an hour off where summer time is kept.
def when:
  capture("^(?<y>[0-9]{4})-(?<m>[0-9]{2})-(?<d>[0-9]{2})[T ](?<h>[0-9]{2}):(?<i>[0-9]{2}):(?<s>[0-9]{2})([.][0-9]+)?Z$")
  | map_values(tonumber) | (if .m > 2 then .y else .y - 1 end) as $y
  | (((153 * ((.m + 9) % 12) + 2) / 5 | floor) + .d + 365 * $y + ($y / 4 | floor) - ($y / 100 | floor) + ($y / 400 | floor)
     - 719469) * 86400 + .h * 3600 + .i * 60 + .s;

[ inputs | fromjson? | objects | select(.responseStatus.code? == 401)
  | select(.user.username? // "" | tostring | startswith("system:serviceaccount:") | not)
  | { user_agent: (.userAgent // ""), source_ip: (.sourceIPs? // [] | arrays | .[-1] // ""),
      seen: (.requestReceivedTimestamp // .stageTimestamp | strings | when) }
  | select(.seen >= (@{since}))
  | select(.seen < (@{until}))
]
| group_by([.user_agent, .source_ip])
| map(.[0] + { requests: length, first_seen: (map(.seen) | min), last_seen: (map(.seen) | max) })
| sort_by([-.requests, .user_agent, .source_ip])
| (["code", "user_agent", "source_ip", "requests", "first_seen", "last_seen"],
   (.[] | [401, .user_agent, .source_ip, .requests, (.first_seen, .last_seen | todate)]))
| @csv
