"""Runs the queries that can be run here, and holds their rows against the truth and against `kubefloor audit`.

    python3 tests/oracles/query/check.py KUBEFLOOR

Needs Python with duckdb, chdb and sqlglot, and jq. A log is made up with a fixed seed; what is in it is known, so the truth is
counted here, in a third way. Then:

- the rows of DuckDB, ClickHouse and jq are the truth, for the whole log, for a part of its time, plain and packed;
- `kubefloor audit` says the same of the log, and of each engine's result;
- a file or table with a hostile name is read, and nothing else happens;
- what can only be parsed, is.
"""

import csv
import datetime
import gzip
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import chdb
import chdb.session
import duckdb
import sqlglot

WARN_AFTER = 3607
START = 1772359200
COLUMNS = ["subject", "pod", "source_ip", "user_agent", "requests", "tokens", "max_seconds", "issued_first", "issued_last",
           "first_seen", "last_seen"]
TIMES = COLUMNS[7:]
ORDER = ["kind", "apiVersion", "level", "auditID", "stage", "requestURI", "verb", "user", "sourceIPs", "userAgent", "responseStatus",
         "requestObject", "requestReceivedTimestamp", "stageTimestamp", "annotations"]
PHRASE = "seconds after warning threshold"
PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())


def kubefloor(*arguments, text=None):
    run = subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        raise SystemExit(f"kubefloor {' '.join(arguments)}: {run.stderr}")
    return run.stdout


def iso(second, chance):
    moment = datetime.datetime.fromtimestamp(second, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{chance.randrange(10**6):06d}Z"


def events(chance):
    """Events in the order of a log, each with what it is of: none, or subject, pod, address, agent, request, N, second."""
    agents = ["OpenAPI-Generator/11.0.0/python", "fabric8-kubernetes-client/5.7.0", 'a"b\\c\td', "größe 🦀", "x'; --", None]
    clients = []
    for number in range(40):
        subject = f"system:serviceaccount:team-{number % 7}:app-{number % 11}"
        pod = None if number % 9 == 0 else f"app-{number % 11}-7d9f6c5b8-x{number:04d}"
        ages = [chance.randrange(3700, 8_000_000) for _ in range(chance.choice([1, 1, 1, 3]))]
        clients.append((subject, pod, f"10.0.{number % 3}.{number}", chance.choice(agents), [START - age for age in ages]))
    second = START
    for number in range(6000):
        second += chance.choice([0, 0, 1, 5, 60])
        event = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": f"no-id-{number:06d}",
                 "stage": "ResponseComplete", "requestURI": "/api/v1/pods", "verb": chance.choice(["get", "list", "create"]),
                 "user": {"username": "somebody"}, "sourceIPs": ["192.0.2.1"], "responseStatus": {"code": 200},
                 "requestReceivedTimestamp": iso(second, chance), "stageTimestamp": iso(second + 30, chance), "annotations": {}}
        kind = chance.random()
        if kind < 0.3:
            subject, pod, address, agent, tokens = chance.choice(clients)
            # Now and then the client has re-read its token.
            issued = tokens[min(len(tokens) - 1, (second - START) * len(tokens) // 60_000)]
            seconds = second - issued - WARN_AFTER - chance.randrange(10)
            event["user"] = {"username": subject, "extra": {"authentication.kubernetes.io/pod-name": [pod]}}
            if pod is None:
                del event["user"]["extra"]
            event["sourceIPs"] = ["203.0.113.9", address]
            if agent is not None:
                event["userAgent"] = agent
            event["annotations"] = {"authorization.k8s.io/decision": "allow",
                                    "authentication.k8s.io/stale-token": f"subject: {subject}, {PHRASE}: {seconds}"}
            of = (subject, pod or "", address, agent or "", event["auditID"], seconds, second)
            yield event, of
            if chance.random() < 0.2:
                # A second stage of the same request.
                yield {**event, "stage": "ResponseStarted"}, of
        elif kind < 0.32:
            # Not an annotation: somebody else's words.
            event["requestObject"] = {"data": {"x": f"subject: a, {PHRASE}: 5"}}
            event["userAgent"] = f"subject: b, {PHRASE}: 6"
            yield event, None
        elif kind < 0.34:
            event["annotations"] = {"authentication.k8s.io/stale-token": f"{PHRASE}: soon"}
            yield event, None
        elif kind < 0.45:
            # Refused: nobody knows who it was.
            event["user"] = {}
            event["responseStatus"] = {"metadata": {}, "status": "Failure", "reason": "Unauthorized", "code": 401}
            event["sourceIPs"] = ["203.0.113.9", f"10.0.9.{number % 5}"]
            agent = chance.choice(agents)
            if agent is not None:
                event["userAgent"] = agent
            yield event, (event["sourceIPs"][-1], agent or "", second)
        else:
            event["userAgent"] = "mentions 401"
            yield event, None


def write(folder, chance):
    """The log, plain and packed, and what is in it."""
    known, lines = [], []
    for number, (event, of) in enumerate(events(chance)):
        # In the order of an API server's encoder.
        event = {name: event[name] for name in ORDER if name in event}
        line = json.dumps(event, ensure_ascii=number % 2 == 0, separators=(",", ":"))
        if number % 500 == 499:
            lines.append(line[: len(line) * 2 // 3])
        else:
            lines.append(line)
            known.append(of)
    text = "\n".join(lines) + "\n"
    (folder / "audit.log").write_text(text)
    with gzip.open(folder / "packed.log.gz", "wt") as packed:
        packed.write(text)
    return [of for of in known if of is not None]


def truth_of_refused(known, since=None, until=None):
    clients = {}
    for address, agent, second in [of for of in known if len(of) == 3]:
        if (since is None or second >= since) and (until is None or second < until):
            clients.setdefault((address, agent), []).append(second)
    return sorted((*client, len(seen), min(seen), max(seen)) for client, seen in clients.items())


def truth(known, since=None, until=None):
    clients = {}
    for subject, pod, address, agent, request, seconds, second in [of for of in known if len(of) == 7]:
        if (since is None or second >= since) and (until is None or second < until):
            seat = address if pod == "" else ""
            clients.setdefault((subject, pod, seat, agent), []).append((request, seconds, second, address))
    rows = []
    for (subject, pod, _, agent), uses in clients.items():
        issued = sorted(second - seconds - WARN_AFTER for _, seconds, second, _ in uses)
        tokens = [issued[0]] + [later for earlier, later in zip(issued, issued[1:]) if later - earlier > 15]
        seen = [second for _, _, second, _ in uses]
        rows.append((subject, pod, uses[0][3], agent, len({request for request, *_ in uses}), len(tokens),
                     max(seconds for _, seconds, *_ in uses), tokens[0], tokens[-1], min(seen), max(seen)))
    return sorted(rows)


def second_of(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "").replace(" ", "T"))
    return int(moment.replace(tzinfo=datetime.timezone.utc).timestamp())


def rows_of(table):
    rows = []
    for row in csv.DictReader(io.StringIO(table)):
        times = [second_of(row[name]) for name in TIMES]
        rows.append((*(row[name] for name in COLUMNS[:4]), *(int(row[name]) for name in COLUMNS[4:7]), *times))
        assert second_of(row["breaks_at"]) > times[1]
    return sorted(rows)


def refused_rows(table):
    rows = []
    for row in csv.DictReader(io.StringIO(table)):
        assert row["code"] == "401"
        times = [second_of(row[name]) for name in ["first_seen", "last_seen"]]
        rows.append((row["source_ip"], row["user_agent"], int(row["requests"]), *times))
    return sorted(rows)


def in_duckdb(query, connection=None):
    with tempfile.NamedTemporaryFile(suffix=".csv") as result:
        (connection or duckdb).sql(query).write_csv(result.name)
        return pathlib.Path(result.name).read_text()


def in_clickhouse(query):
    return str(chdb.query(query, "CSVWithNames"))


def in_jq(query, log, words=PHRASE):
    lines = subprocess.run(["grep", "-hF", words, log], capture_output=True, check=True).stdout
    return subprocess.run(["jq", "-nRr", query], input=lines, capture_output=True, check=True).stdout.decode()


def same(what, found, expected):
    if found != expected:
        for row in [row for row in expected if row not in found][:3]:
            print("  missing", row)
        for row in [row for row in found if row not in expected][:3]:
            print("  instead", row)
        raise SystemExit(f"{what}: {len(found)} rows are not the {len(expected)} expected")
    print(f"{what}: {len(found)} rows")


def audited(*arguments, text=None):
    return json.loads(kubefloor("audit", *arguments, "--format", "json", text=text))["stale"]


def by_pod(stale):
    """What an audit says of each pod, as rows."""
    rows = []
    for use in stale:
        for pod in use["pods"]:
            times = [second_of(pod[name]) for name in ["issued", "first", "last"]]
            rows.append((use["subject"], use["user_agent"], pod["name"], pod["tokens"], *times))
    return sorted(rows)


def by_client(stale, expected):
    """What an audit says of each client, beside the same from the rows of its pods."""
    known = {(subject, agent, pod or address): row for row in expected for subject, pod, address, agent, *_ in [row]}
    pairs = []
    for use in stale:
        rows = [known[use["subject"], use["user_agent"], pod["name"]] for pod in use["pods"]]
        found = (use["requests"], use["age"], second_of(use["first"]), second_of(use["last"]))
        pairs.append((found, (sum(row[4] for row in rows), max(row[6] for row in rows) + WARN_AFTER, min(row[9] for row in rows),
                              max(row[10] for row in rows))))
    return [found for found, _ in pairs], [right for _, right in pairs]


def without_events(stale):
    """A result has requests only, and no address but one of each pod's."""
    return [{key: value for key, value in use.items() if key != "events"} for use in stale]


def check_rows(folder, known):
    part = ("--since", "2026-03-01T12:00:00Z", "--until", "2026-03-02T00:00:00Z")
    whole = truth(known)
    cases = [((), whole), (part, truth(known, START + 7200, START + 14 * 3600))]
    results = {}
    for options, expected in cases:
        for log in ["audit.log", "packed.log.gz"]:
            files = ("--files", str(folder / log))
            results["duckdb"] = in_duckdb(kubefloor("query", "duckdb", *files, *options))
            same(f"duckdb {log} {' '.join(options)}", rows_of(results["duckdb"]), expected)
            results["clickhouse"] = in_clickhouse(kubefloor("query", "clickhouse", *files, *options))
            same(f"clickhouse {log} {' '.join(options)}", rows_of(results["clickhouse"]), expected)
        results["jq"] = in_jq(kubefloor("query", "jq", *options), folder / "audit.log")
        same(f"jq audit.log {' '.join(options)}", rows_of(results["jq"]), expected)
        stale = audited(str(folder / "audit.log"), *options)
        pods = sorted((row[0], row[3], row[1] or row[2], row[5], *row[8:]) for row in expected)
        same(f"kubefloor audit audit.log {' '.join(options)}", by_pod(stale), pods)
        same("its clients", *by_client(stale, expected))
        for engine, table in results.items():
            same(f"kubefloor audit of {engine}'s result", without_events(audited("-", text=table)), without_events(stale))


def check_refused(folder, known):
    part = ("--since", "2026-03-01T12:00:00Z", "--until", "2026-03-02T00:00:00Z")
    cases = [((), truth_of_refused(known)), (part, truth_of_refused(known, START + 7200, START + 14 * 3600))]
    log = folder / "audit.log"
    for options, expected in cases:
        ask = ("--refused", *options)
        tables = {
            "duckdb": in_duckdb(kubefloor("query", "duckdb", "--files", str(log), *ask)),
            "clickhouse": in_clickhouse(kubefloor("query", "clickhouse", "--files", str(log), *ask)),
            "jq": in_jq(kubefloor("query", "jq", *ask), log, "401"),
        }
        refused = json.loads(kubefloor("audit", str(log), "--format", "json", *options))["refused"]
        by_client = sorted((use["address"], use["user_agent"], use["events"], second_of(use["first"]), second_of(use["last"]))
                           for use in refused)
        same(f"kubefloor audit, refused {' '.join(options)}", by_client, expected)
        for engine, table in tables.items():
            same(f"{engine} refused {' '.join(options)}", refused_rows(table), expected)
            read = json.loads(kubefloor("audit", "-", "--format", "json", text=table))["refused"]
            same(f"kubefloor audit of {engine}'s refused", read, refused)


def check_names(folder, known):
    """Names that would do something if they were not quoted."""
    names = ["it's", 'a"b', "a`b", "a\\b", "'); DROP TABLE kept; --", "x' OR '1'='1", "größe 🦀", "a b"]
    lines = (folder / "audit.log").read_text().splitlines()
    expected = truth(known)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE kept (x INT)")
    session = chdb.session.Session()
    session.query("CREATE TABLE kept (x Int32) ENGINE = Memory")
    for name in names:
        log = folder / f"{name}.log"
        log.write_text("\n".join(lines) + "\n")
        files = ("--files", str(log))
        same(f"duckdb file {name}", rows_of(in_duckdb(kubefloor("query", "duckdb", *files))), expected)
        # ClickHouse takes some characters of a path for its own pattern language, whatever quotes stand around it.
        same(f"clickhouse file {name}", rows_of(in_clickhouse(kubefloor("query", "clickhouse", *files))), expected)
        table = kubefloor("query", "duckdb", "--table", name, "--column", name)
        quoted = '"' + name.replace('"', '""') + '"'
        connection.execute(f"CREATE TABLE {quoted} ({quoted} VARCHAR)")
        connection.executemany(f"INSERT INTO {quoted} VALUES (?)", [[line] for line in lines if PHRASE in line])
        same(f"duckdb table {name}", rows_of(in_duckdb(table, connection)), expected)
        quoted = "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
        session.query(f"CREATE TABLE {quoted} ({quoted} String) ENGINE = Memory")
        path = str(folder / "audit.log").replace("'", "\\'")
        session.query(f"INSERT INTO {quoted} SELECT line FROM file('{path}', 'LineAsString', 'line String')")
        table = kubefloor("query", "clickhouse", "--table", name, "--column", name)
        same(f"clickhouse table {name}", rows_of(str(session.query(table, "CSVWithNames"))), expected)
    assert connection.sql("SELECT count(*) FROM kept").fetchall() == [(0,)]
    assert str(session.query("SELECT count() FROM kept", "CSV")).strip() == "0"


def check_syntax():
    options = ("--since", "2026-03-01T12:00:00Z", "--until", "2026-03-02T00:00:00Z")
    for engine, dialects in [("athena", ["athena", "trino"]), ("bigquery", ["bigquery"])]:
        for given in [(), options, ("--refused", *options), ("--table", "a.b`c.d\"e"), ("--table", "a.b\\.c'd")]:
            query = kubefloor("query", engine, *given)
            for dialect in dialects:
                statements = sqlglot.parse(query, dialect=dialect)
                assert len(statements) == 1, query
        print(f"{engine}: parsed by sqlglot {sqlglot.__version__}")


def main():
    print(f"duckdb {duckdb.__version__}, chdb {chdb.__version__},", subprocess.getoutput("jq --version"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        known = write(folder, random.Random(7))
        check_syntax()
        check_rows(folder, known)
        check_refused(folder, known)
        check_names(folder, known)


if __name__ == "__main__":
    os.environ["TZ"] = "Pacific/Auckland"
    main()
