"""Measures the queries that can be run here beside `kubefloor audit`, on one log.

    python3 tests/oracles/query/measure.py KUBEFLOOR MEBIBYTES RUNS

KUBEFLOOR is a release build. The log is made up with a fixed seed: events of 1.4 kB, one in a thousand with a stale token. Each way
is run RUNS times in turn; the least of each figure is printed, since whatever else the machine does only adds to it. Needs Python
with duckdb and chdb, and jq.
"""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

PHRASE = "seconds after warning threshold"
START = 1772359200

DUCKDB = "import duckdb, sys; duckdb.execute('SET enable_progress_bar = false'); duckdb.sql(open(sys.argv[1]).read()).write_csv('/dev/stdout')"
CLICKHOUSE = "import chdb, sys; print(chdb.query(open(sys.argv[1]).read(), 'CSVWithNames'))"


def make(path, size):
    chance = random.Random(3)
    written, stale = 0, 0
    with open(path, "w", encoding="utf-8") as log:
        number = 0
        while written < size:
            number += 1
            second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(START + number // 50))
            name = f"app-{number % 97}"
            event = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": f"no-id-{number:09d}",
                     "stage": "ResponseComplete", "requestURI": f"/api/v1/namespaces/team/pods/{name}?x={'y' * 300}", "verb": "get",
                     "user": {"username": f"system:serviceaccount:team:{name}", "uid": "no-uid",
                              "groups": ["system:serviceaccounts", "system:authenticated"],
                              "extra": {"authentication.kubernetes.io/pod-name": [f"{name}-7d9f6c5b8-x2x9z"]}},
                     "sourceIPs": ["10.0.0.1"], "userAgent": "OpenAPI-Generator/11.0.0/python",
                     "objectRef": {"resource": "pods", "namespace": "team", "name": name, "apiVersion": "v1"},
                     "responseStatus": {"metadata": {}, "code": 200},
                     "requestReceivedTimestamp": f"{second}.000000Z", "stageTimestamp": f"{second}.500000Z",
                     "annotations": {"authorization.k8s.io/decision": "allow",
                                     "authorization.k8s.io/reason": "RBAC: " + "because " * 40}}
            if chance.random() < 0.001:
                stale += 1
                event["annotations"]["authentication.k8s.io/stale-token"] = (
                    f"subject: system:serviceaccount:team:{name}, {PHRASE}: {400_000 + number // 50}")
            written += log.write(json.dumps(event, separators=(",", ":")) + "\n")
    return number, stale


def measure(command):
    start = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(["sh", "-c", command], stdout=output)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        output.seek(0)
        text = output.read().decode()
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"failed: {command}")
    return wall, used.ru_utime + used.ru_stime, text


def main():
    program, size, runs = str(pathlib.Path(sys.argv[1]).resolve()), int(sys.argv[2]) << 20, int(sys.argv[3])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        log = folder / "audit.log"
        events, stale = make(log, size)
        print(f"{size >> 20} MiB, {events} events, {stale} of them with a stale token, {os.cpu_count()} processors")
        for engine in ["duckdb", "clickhouse"]:
            query = subprocess.run([program, "query", engine, "--files", str(log)], capture_output=True, text=True, check=True)
            (folder / f"{engine}.sql").write_text(query.stdout)
        query = subprocess.run([program, "query", "jq"], capture_output=True, text=True, check=True)
        (folder / "stale.jq").write_text(query.stdout)
        python = sys.executable
        ways = {
            "kubefloor audit": f"exec {program} audit --format json {log}",
            "grep, then jq": f"grep -hF '{PHRASE}' {log} | jq -nRr -f {folder}/stale.jq",
            "jq alone": f"exec jq -nRr -f {folder}/stale.jq {log}",
            "DuckDB": f"exec {python} -c \"{DUCKDB}\" {folder}/duckdb.sql",
            "ClickHouse (chdb)": f"exec {python} -c \"{CLICKHOUSE}\" {folder}/clickhouse.sql",
        }
        best = {}
        for _ in range(runs):
            for way, command in ways.items():
                wall, used, text = measure(command)
                # Each must have found all requests.
                found = sum(use["requests"] for use in json.loads(text)["stale"]) if "audit" in way else sum(
                    int(line.split(",")[4]) for line in text.strip().splitlines()[1:])
                assert found == stale, (way, found, stale)
                known = best.get(way, (wall, used))
                best[way] = (min(wall, known[0]), min(used, known[1]))
        print("| way | seconds | of processors | MiB/s |\n|---|---|---|---|")
        for way, (wall, used) in best.items():
            print(f"| {way} | {wall:.2f} | {used:.2f} | {(size >> 20) / wall:.0f} |")


if __name__ == "__main__":
    main()
