//! A server of downloads on this machine, and the program `curl` where there is none.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

/// What is asked of it, and what it has.
pub(crate) struct Server {
    /// Its address, without a path.
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server of these files, by path; it ends with the process.
    pub(crate) fn new(files: BTreeMap<String, Vec<u8>>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                // What is asked ends with an empty line; unread it would break the connection.
                let _ = lines.find(String::is_empty);
                let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                let (status, body) = match files.get(&path) {
                    Some(body) => ("200 OK", body.as_slice()),
                    None => ("404 Not Found", &b"not found"[..]),
                };
                log.lock().expect("no thread has panicked").push(path);
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                let mut out = &stream;
                let _ = out.write_all(head.as_bytes()).and_then(|()| out.write_all(body));
            }
        });
        Server { address, asked }
    }

    /// The paths that were asked for so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no thread has panicked").clone()
    }
}

/// What stands for `curl` where that is not installed: a file over plain HTTP, no more than the action needs.
pub(crate) const CURL: &str = r#"
while [ $# -gt 1 ]; do
  if [ "$1" = -o ]; then file=$2; fi
  shift
done
rest=${1#http://} host=${rest%%/*}
exec 3<>"/dev/tcp/${host%:*}/${host#*:}" || exit 7
printf 'GET /%s HTTP/1.0\r\n\r\n' "${rest#*/}" >&3
read -r _ status _ <&3
while IFS= read -r line <&3 && [ "${line%$'\r'}" != "" ]; do :; done
[ "$status" = 200 ] || exit 22
cat <&3 >"$file"
"#;
