# Seconds since 1970, reckoned here: jq 1.6 is an hour off where summer time is kept.
def when:
  capture("^(?<y>[0-9]{4})-(?<m>[0-9]{2})-(?<d>[0-9]{2})[T ](?<h>[0-9]{2}):(?<i>[0-9]{2}):(?<s>[0-9]{2})([.][0-9]+)?Z$")
  | map_values(tonumber) | (if .m > 2 then .y else .y - 1 end) as $y
  | (((153 * ((.m + 9) % 12) + 2) / 5 | floor) + .d + 365 * $y + ($y / 4 | floor) - ($y / 100 | floor) + ($y / 400 | floor)
     - 719469) * 86400 + .h * 3600 + .i * 60 + .s;

[ inputs | fromjson? | objects
  | (.annotations? // {} | objects | .["authentication.k8s.io/stale-token"] | strings
     | capture("^subject: (?<subject>.+), seconds after warning threshold: (?<seconds>[0-9]{1,9})[.]?$")) as $stale
  | ((.user.extra? // {})["authentication.kubernetes.io/pod-name"]? // [] | arrays | .[0] // "") as $pod
  | (.sourceIPs? // [] | arrays | .[-1] // "") as $address
  | { subject: $stale.subject, pod: $pod, address: $address, user_agent: (.userAgent // ""), id: .auditID,
      # Where no pod is known, the address tells clients apart.
      seat: (if $pod == "" then $address else "" end),
      seconds: ($stale.seconds | tonumber), seen: (.requestReceivedTimestamp // .stageTimestamp | strings | when) }
  | select(.seen >= (@{since}))
  | select(.seen < (@{until}))
  | .issued = .seen - .seconds - @{warn_after} ]
| group_by([.subject, .pod, .seat, .user_agent])
| map((map(.issued) | sort) as $issued
  # Events of one token can disagree by ten seconds about when it was issued; the earliest is right.
  | ([$issued[0]] + [range(1; $issued | length) | select($issued[.] - $issued[. - 1] > 15) | $issued[.]]) as $tokens
  | .[0] + { requests: ((map(.id | values) | unique | length) + (map(select(.id == null)) | length)),
    tokens: ($tokens | length),
    source_ip: (map(.address) | max), max_seconds: (map(.seconds) | max), issued_first: $tokens[0], issued_last: $tokens[-1],
    first_seen: (map(.seen) | min), last_seen: (map(.seen) | max), breaks_at: ($tokens[-1] + @{lifetime}) })
| sort_by([.breaks_at, .subject, .pod, .source_ip, .user_agent])
| (["subject", "pod", "source_ip", "user_agent", "requests", "tokens", "max_seconds", "issued_first", "issued_last",
    "first_seen", "last_seen", "breaks_at"],
   (.[] | [.subject, .pod, .source_ip, .user_agent, .requests, .tokens, .max_seconds,
           (.issued_first, .issued_last, .first_seen, .last_seen, .breaks_at | todate)]))
| @csv
