//! A small client of HTTP, and a simulated person.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

/// An answer of the server.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A connection that is opened again when it broke, with the session's cookie.
pub(crate) struct Client {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
    pub(crate) cookie: Option<String>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            connection: None,
            cookie: None,
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> io::Result<Reply> {
        self.send("GET", path, &[], b"")
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> io::Result<Reply> {
        self.send(
            "POST",
            path,
            &[("Content-Type", "application/json")],
            body.to_string().as_bytes(),
        )
    }

    /// Sends a request once; a connection that breaks is closed.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Reply> {
        let reply = self.exchange(method, path, headers, body);
        if reply.is_err() {
            self.connection = None;
        }
        let reply = reply?;
        if let Some(cookie) = reply.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        Ok(reply)
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Reply> {
        if self.connection.is_none() {
            let stream = TcpStream::connect(self.address)?;
            stream.set_read_timeout(Some(Duration::from_secs(30)))?;
            stream.set_nodelay(true)?;
            self.connection = Some(BufReader::new(stream));
        }
        let connection = self
            .connection
            .as_mut()
            .ok_or(io::ErrorKind::NotConnected)?;
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        if let Some(cookie) = &self.cookie {
            request.extend(["Cookie: ", cookie, "\r\n"]);
        }
        for (name, value) in headers {
            request.extend([*name, ": ", *value, "\r\n"]);
        }
        request += "\r\n";
        let mut bytes = request.into_bytes();
        bytes.extend(body);
        connection.get_mut().write_all(&bytes)?;
        read(connection)
    }
}

pub(crate) fn read(connection: &mut impl BufRead) -> io::Result<Reply> {
    let mut line = String::new();
    let mut next = |connection: &mut dyn BufRead| -> io::Result<String> {
        line.clear();
        if connection.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end().to_owned())
    };
    let first = next(connection)?;
    let status = first
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or(io::ErrorKind::InvalidData)?;
    let mut headers = Vec::new();
    loop {
        let line = next(connection)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    Ok(Reply {
        status,
        headers,
        body,
    })
}

/// A simulated person's name of a tab.
pub(crate) fn tab(person: usize) -> String {
    format!("tab-of-simulated-person-{person}")
}

/// Comes and agrees; returns the state.
pub(crate) fn agree(client: &mut Client, person: usize) -> io::Result<Value> {
    let reply = client.post(
        "/api/consent",
        &json!({ "tab": tab(person), "pid": "", "study": "", "session": "" }),
    )?;
    if reply.status == 200 {
        Ok(reply.json())
    } else {
        Err(io::Error::other(
            String::from_utf8_lossy(&reply.body).into_owned(),
        ))
    }
}

/// Answers the question on the instructions.
pub(crate) fn understand(client: &mut Client, person: usize) -> io::Result<()> {
    let reply = client.post(
        "/api/comprehension",
        &json!({ "tab": tab(person), "answers": [1], "tries": 0 }),
    )?;
    if reply.status == 200 {
        Ok(())
    } else {
        Err(io::Error::other(reply.status.to_string()))
    }
}

pub(crate) fn answer(
    client: &mut Client,
    person: usize,
    trial: u32,
    side: &str,
) -> io::Result<Reply> {
    client.post(
        "/api/answer",
        &json!({ "tab": tab(person), "trial": trial, "answer": side, "rt_ms": 321.5 }),
    )
}
