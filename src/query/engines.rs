//! The engines: a constant each, and the table of them.

use super::quote::{
    any, bigquery_name, clickhouse_column, clickhouse_name, clickhouse_text, elastic_index, has_parts, is_splunk_index,
    kusto_name, loki_matcher, splunk_text, sql_column, sql_name, sql_text,
};
use super::{Column, Comment, Engine, Lines, Proof, Table, Time};

/// Every engine there is a query for.
pub const ENGINES: &[Engine] = &[
    CLOUDWATCH,
    ATHENA,
    BIGQUERY,
    CLOUD_LOGGING,
    AZURE,
    AZURE_DIAGNOSTICS,
    LOKI,
    ELASTICSEARCH,
    SPLUNK,
    CLICKHOUSE,
    DUCKDB,
    JQ,
];

const CLOUDWATCH: Engine = Engine {
    id: "cloudwatch",
    name: "CloudWatch Logs Insights",
    proof: Proof::Unverified,
    about: &[
        "Choose the log group /aws/eks/CLUSTER/cluster; the result has at most 10000 rows.",
        "aws logs get-query-results --query-id ID | kubefloor audit - --platform eks",
    ],
    platform: "eks",
    template: include_str!("cloudwatch.txt"),
    refused: include_str!("cloudwatch-refused.txt"),
    comment: Comment::Line("#"),
    table: None,
    column: None,
    files: None,
    lines: None,
    time: Time::Outside,
};

const ATHENA: Engine = Engine {
    id: "athena",
    name: "Athena and Trino",
    proof: Proof::Parsed("sqlglot 30"),
    about: &[
        "Reads a table with an event in a column of each row, as one over an export of CloudWatch to S3.",
        "Download the result as CSV, then: kubefloor audit result.csv --platform eks",
    ],
    platform: "eks",
    template: include_str!("athena.sql"),
    refused: include_str!("athena-refused.sql"),
    comment: Comment::Line("--"),
    table: Some(Table { usual: "eks_audit_lines", is_name: has_parts, quote: sql_name }),
    column: Some(Column { usual: "line", quote: sql_column }),
    files: None,
    lines: None,
    time: Time::Civil("TIMESTAMP '", " UTC'"),
};

const BIGQUERY: Engine = Engine {
    id: "bigquery",
    name: "BigQuery",
    proof: Proof::Parsed("sqlglot 30"),
    about: &[
        "Reads a dataset that is linked to a log bucket (Log Analytics). Read requests are in it only if Data Access logs are on.",
        "bq query --use_legacy_sql=false --format=json --max_rows=100000 < query.sql | kubefloor audit - --platform gke",
    ],
    platform: "gke",
    template: include_str!("bigquery.sql"),
    refused: include_str!("bigquery-refused.sql"),
    comment: Comment::Line("--"),
    table: Some(Table { usual: "my-project.my_linked_dataset._AllLogs", is_name: has_parts, quote: bigquery_name }),
    column: None,
    files: None,
    lines: None,
    time: Time::Iso("TIMESTAMP '", "'"),
};

const CLOUD_LOGGING: Engine = Engine {
    id: "cloud-logging",
    name: "Cloud Logging",
    proof: Proof::Unverified,
    about: &[
        "A filter; `kubefloor audit` does the sums. Read requests are in it only if Data Access logs are on.",
        "gcloud logging read \"$(kubefloor query cloud-logging)\" --format=json | kubefloor audit - --platform gke",
    ],
    platform: "gke",
    template: include_str!("cloud-logging.txt"),
    refused: include_str!("cloud-logging-refused.txt"),
    comment: Comment::Line("--"),
    table: None,
    column: None,
    files: None,
    lines: None,
    time: Time::Iso("\"", "\""),
};

const AZURE: Engine = Engine {
    id: "azure",
    name: "Azure Log Analytics, table AKSAudit",
    proof: Proof::Unverified,
    about: &[
        "Clusters with an OIDC issuer have the extension off, so nothing of theirs is ever marked as stale.",
        "az monitor log-analytics query -w WORKSPACE --analytics-query \"$(kubefloor query azure)\" | kubefloor audit - --platform aks",
    ],
    platform: "aks",
    template: include_str!("azure.kql"),
    refused: include_str!("azure-refused.kql"),
    comment: Comment::Line("//"),
    table: Some(Table { usual: "AKSAudit", is_name: any, quote: kusto_name }),
    column: None,
    files: None,
    lines: None,
    time: Time::Iso("datetime(", ")"),
};

const AZURE_DIAGNOSTICS: Engine = Engine {
    id: "azure-diagnostics",
    name: "Azure Log Analytics, table AzureDiagnostics",
    template: include_str!("azure-diagnostics.kql"),
    refused: include_str!("azure-diagnostics-refused.kql"),
    about: &[
        "The older form of the log; `kubefloor query azure` is for the table AKSAudit.",
        "az monitor log-analytics query -w WORKSPACE --analytics-query \"$(kubefloor query azure-diagnostics)\" | kubefloor audit - \
         --platform aks",
    ],
    table: Some(Table { usual: "AzureDiagnostics", is_name: any, quote: kusto_name }),
    ..AZURE
};

const LOKI: Engine = Engine {
    id: "loki",
    name: "Loki",
    proof: Proof::Unverified,
    about: &[
        "Gives the events themselves; `kubefloor audit` does the sums.",
        "logcli query --limit 0 -o jsonl \"$(kubefloor query loki)\" | kubefloor audit -",
    ],
    platform: "upstream",
    template: include_str!("loki.logql"),
    refused: include_str!("loki-refused.logql"),
    comment: Comment::Line("#"),
    table: Some(Table { usual: "job=kube-audit", is_name: any, quote: loki_matcher }),
    column: None,
    files: None,
    lines: None,
    time: Time::Outside,
};

const ELASTICSEARCH: Engine = Engine {
    id: "elasticsearch",
    name: "Elasticsearch and OpenSearch",
    proof: Proof::Unverified,
    about: &[
        "For the console of Kibana or of OpenSearch Dashboards; `kubefloor audit` does the sums.",
        "It finds events of Elastic's integration, and lines in a field `message`; at most 10000, so narrow the time.",
        "Save the answer, then: kubefloor audit answer.json",
    ],
    platform: "upstream",
    template: include_str!("elasticsearch.txt"),
    refused: include_str!("elasticsearch-refused.txt"),
    comment: Comment::Line("#"),
    table: Some(Table { usual: "logs-kubernetes.audit_logs-*", is_name: any, quote: elastic_index }),
    column: None,
    files: None,
    lines: None,
    time: Time::Iso("\"", "\""),
};

const SPLUNK: Engine = Engine {
    id: "splunk",
    name: "Splunk",
    proof: Proof::Unverified,
    about: &["Export the result as CSV, then: kubefloor audit result.csv"],
    platform: "upstream",
    template: include_str!("splunk.spl"),
    refused: include_str!("splunk-refused.spl"),
    comment: Comment::Block("```"),
    table: Some(Table { usual: "k8s_audit", is_name: is_splunk_index, quote: splunk_text }),
    column: None,
    files: None,
    lines: None,
    time: Time::Seconds,
};

const CLICKHOUSE: Engine = Engine {
    id: "clickhouse",
    name: "ClickHouse",
    proof: Proof::Run("ClickHouse 26.9 (chdb 4.4)"),
    about: &[
        "Reads files with an event on each line, compressed or not; with --table a table with an event in a column of each row.",
        "clickhouse local --queries-file query.sql --output-format CSVWithNames | kubefloor audit -",
    ],
    platform: "upstream",
    template: include_str!("clickhouse.sql"),
    refused: include_str!("clickhouse-refused.sql"),
    comment: Comment::Line("--"),
    table: Some(Table { usual: "audit", is_name: has_parts, quote: clickhouse_name }),
    column: Some(Column { usual: "line", quote: clickhouse_column }),
    files: Some("audit*.log"),
    lines: Some(Lines {
        of_files: |files| format!("SELECT line FROM file({}, 'LineAsString', 'line String')", clickhouse_text(files)),
        of_table: |table, column| format!("SELECT {column} AS line FROM {table}"),
    }),
    time: Time::Civil("toDateTime('", "', 'UTC')"),
};

const DUCKDB: Engine = Engine {
    id: "duckdb",
    name: "DuckDB",
    proof: Proof::Run("DuckDB 2.0"),
    about: &[
        "Reads files with an event on each line, compressed or not; with --table a table with an event in a column of each row.",
        "duckdb -csv -f query.sql | kubefloor audit -",
    ],
    platform: "upstream",
    template: include_str!("duckdb.sql"),
    refused: include_str!("duckdb-refused.sql"),
    comment: Comment::Line("--"),
    table: Some(Table { usual: "audit", is_name: has_parts, quote: sql_name }),
    column: Some(Column { usual: "line", quote: sql_column }),
    files: Some("audit*.log"),
    lines: Some(Lines {
        of_files: |files| {
            // A line as one column: no JSON has the separator in it.
            format!(
                "SELECT line FROM read_csv({}, columns = {{'line': 'VARCHAR'}}, delim = e'\\x01', quote = '', escape = '', \
                 header = false, auto_detect = false, max_line_size = 67108864)",
                sql_text(files)
            )
        },
        of_table: |table, column| format!("SELECT {column} AS line FROM {table}"),
    }),
    time: Time::Civil("TIMESTAMP '", "'"),
};

const JQ: Engine = Engine {
    id: "jq",
    name: "jq",
    proof: Proof::Run("jq 1.6"),
    about: &[
        "A program for jq. It reads events on lines; grep goes first, since jq is slow.",
        "kubefloor query jq > stale.jq; grep -hF 'seconds after warning threshold' audit*.log | jq -nRr -f stale.jq | kubefloor audit -",
    ],
    platform: "upstream",
    template: include_str!("jq.jq"),
    refused: include_str!("jq-refused.jq"),
    comment: Comment::Line("#"),
    table: None,
    column: None,
    files: None,
    lines: None,
    time: Time::Seconds,
};
