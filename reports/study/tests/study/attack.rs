//! What an attacker tries: each is refused, and changes nothing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use lab_study::Study;
use lab_study::design::Side;
use lab_study::export::export;
use serde_json::json;

use crate::client::{Client, agree, answer, tab, understand};
use crate::process::{TOKEN, served};
use crate::sessions::cookie_name;

/// Ways out of a folder, as lists of attacks name them.
const TRAVERSAL: [&str; 16] = [
    "../key.csv",
    "..%2fkey.csv",
    "..%2Fkey.csv",
    "%2e%2e/key.csv",
    "%2e%2e%2fkey.csv",
    "..%252fkey.csv",
    "..%5ckey.csv",
    "..\\key.csv",
    "....//key.csv",
    "%c0%ae%c0%ae/key.csv",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "../../../../etc/passwd",
    "x%00.png",
    "../answers.salt",
    "..;/key.csv",
];

#[test]
fn no_path_leads_out_of_the_own_pictures() {
    let served = served();
    let mut client = Client::new(served.server.address);
    let state = agree(&mut client, 1).unwrap();
    let own = state["trials"][0]["left"].as_str().unwrap().to_owned();
    let picture = client.get(&format!("/image/{own}.png")).unwrap();
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (200, Some("image/png"))
    );
    for path in TRAVERSAL {
        for before in ["/image/", "/", "/image/../", "/api/"] {
            let Ok(reply) = client.get(&format!("{before}{path}")) else {
                continue;
            };
            assert!(
                matches!(reply.status, 400 | 404),
                "{before}{path}: {}",
                reply.status
            );
            assert!(
                !reply
                    .body
                    .windows(5)
                    .any(|part| part == b"trial" || part == b"root:"),
                "{path}"
            );
        }
    }
    for path in [
        "/key.csv",
        "/study.ron",
        "/lists.json",
        "/answers.sqlite",
        "/answers.salt",
        "/manifest.json",
    ] {
        assert_eq!(client.get(path).unwrap().status, 404, "{path}");
    }
    // Pictures of another list, and of no session.
    let mut other = Client::new(served.server.address);
    drop(agree(&mut other, 2).unwrap());
    assert_eq!(other.get(&format!("/image/{own}.png")).unwrap().status, 404);
    assert_eq!(
        Client::new(served.server.address)
            .get(&format!("/image/{own}.png"))
            .unwrap()
            .status,
        401
    );
}

#[test]
fn posts_that_are_forged_replayed_or_of_another_session_change_nothing() {
    let served = served();
    let (mut one, mut other) = (
        Client::new(served.server.address),
        Client::new(served.server.address),
    );
    drop(agree(&mut one, 1).unwrap());
    drop(agree(&mut other, 2).unwrap());
    assert_eq!(
        answer(&mut one, 1, 1, "left").unwrap().status,
        409,
        "before the instructions"
    );
    understand(&mut one, 1).unwrap();
    assert_eq!(answer(&mut one, 1, 1, "left").unwrap().status, 200);
    assert_eq!(
        answer(&mut one, 1, 1, "left").unwrap().status,
        200,
        "a replay is acknowledged"
    );
    assert_eq!(
        answer(&mut one, 1, 1, "right").unwrap().json()["error"],
        "different"
    );
    assert_eq!(
        answer(&mut one, 1, 5, "left").unwrap().json()["error"],
        "out-of-order"
    );
    assert_eq!(answer(&mut one, 1, 9999, "left").unwrap().status, 409);
    // The tab of another person, with the own cookie.
    assert_eq!(
        answer(&mut one, 2, 2, "left").unwrap().json()["error"],
        "taken-over"
    );
    for body in [
        json!({}),
        json!({ "tab": tab(1), "trial": 2, "answer": "both", "rt_ms": 1.0 }),
        json!({ "tab": tab(1), "trial": -1, "answer": "left", "rt_ms": 1.0 }),
        json!({ "tab": tab(1), "trial": 2, "answer": "left", "rt_ms": -5.0 }),
        json!({ "tab": tab(1), "trial": 2, "answer": "left", "rt_ms": "NaN" }),
    ] {
        let status = one.post("/api/answer", &body).unwrap().status;
        assert!(matches!(status, 400 | 422), "{body}: {status}");
    }
    let body = json!({ "tab": tab(1), "trial": 2, "answer": "left", "rt_ms": 5.0 }).to_string();
    let foreign = [
        ("Content-Type", "application/json"),
        ("Origin", "https://evil.example"),
    ];
    assert_eq!(
        one.send("POST", "/api/answer", &foreign, body.as_bytes())
            .unwrap()
            .status,
        403
    );
    let plain = [("Content-Type", "text/plain")];
    assert_eq!(
        one.send("POST", "/api/answer", &plain, body.as_bytes())
            .unwrap()
            .status,
        415
    );
    assert_eq!(
        one.post("/api/finish", &json!({ "tab": tab(1) }))
            .unwrap()
            .json()["error"],
        "unfinished"
    );
    let exported = export(&served.folder, &served.folder.join("out"), None).unwrap();
    assert_eq!(exported.n_decisions, 1);
}

#[test]
fn guessed_tokens_are_counted_and_refused() {
    let served = served();
    let mut client = Client::new(served.server.address);
    let name = cookie_name(&served);
    let statuses: Vec<u16> = (0..40)
        .map(|guess| {
            client.cookie = Some(format!("{name}={guess:064x}"));
            answer(&mut client, 1, 1, "left").unwrap().status
        })
        .collect();
    assert!(
        statuses[..20].iter().all(|status| *status == 401),
        "{statuses:?}"
    );
    assert!(
        statuses[25..].iter().all(|status| *status == 429),
        "{statuses:?}"
    );
}

#[test]
fn the_operators_page_wants_its_token() {
    let served = served();
    let mut client = Client::new(served.server.address);
    let mut ask = |path: &str, token: &str| {
        client
            .send(
                "GET",
                path,
                &[("Authorization", &format!("Bearer {token}"))],
                b"",
            )
            .unwrap()
    };
    assert_eq!(ask("/api/operator/progress", "wrong").status, 401);
    assert_eq!(ask("/api/operator/export", "").status, 401);
    assert_eq!(ask("/api/operator/progress", TOKEN).json()["lists"], 8);
    let zip = ask("/api/operator/export", TOKEN);
    assert!(zip.status == 200 && zip.body.starts_with(b"PK"));
    let statuses: Vec<u16> = (0..30)
        .map(|_| ask("/api/operator/progress", "wrong").status)
        .collect();
    assert_eq!(statuses.last(), Some(&429));
}

#[test]
fn large_bodies_and_slow_clients_are_left() {
    let served = served();
    let mut client = Client::new(served.server.address);
    drop(agree(&mut client, 1).unwrap());
    let large = json!({ "tab": tab(1), "text": "x".repeat(100_000) });
    assert!(
        client
            .post("/api/remarks", &large)
            .map_or(true, |reply| reply.status == 413)
    );
    let mut endless = TcpStream::connect(served.server.address).unwrap();
    let head = "x".repeat(100_000);
    let _ = endless.write_all(format!("GET / HTTP/1.1\r\nHost: x\r\nX: {head}").as_bytes());
    // Three hundred clients that send nothing keep nobody from answering.
    let idle: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(served.server.address).unwrap())
        .collect();
    let mut slow = TcpStream::connect(served.server.address).unwrap();
    slow.write_all(b"POST /api/answer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{").unwrap();
    let since = Instant::now();
    let mut other = Client::new(served.server.address);
    drop(agree(&mut other, 2).unwrap());
    assert!(
        since.elapsed() < Duration::from_secs(5),
        "{:?}",
        since.elapsed()
    );
    slow.set_read_timeout(Some(Duration::from_secs(40)))
        .unwrap();
    let mut reply = Vec::new();
    let _ = slow.read_to_end(&mut reply);
    assert!(
        since.elapsed() < Duration::from_secs(39),
        "a slow client is not left"
    );
    drop(idle);
}

#[test]
fn every_answer_forbids_what_is_foreign_and_names_of_people_are_checked() {
    let served = served();
    let mut client = Client::new(served.server.address);
    for path in ["/", "/view.js", "/api/study", "/operator", "/nothing"] {
        let reply = client.get(path).unwrap();
        let policy = reply.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'")
                && policy.contains("frame-ancestors 'none'")
        );
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    }
    let hostile = [
        "<script>alert(1)</script>",
        "'; DROP TABLE people; --",
        "../../x",
        "a b",
        &"x".repeat(500),
        "=1+1",
    ];
    for name in hostile {
        let reply = client
            .post(
                "/api/consent",
                &json!({ "tab": tab(1), "pid": name, "study": "s", "session": "t" }),
            )
            .unwrap();
        assert_eq!(reply.status, 400, "{name}");
    }
    drop(agree(&mut client, 1).unwrap());
    let script = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>";
    assert_eq!(
        client
            .post("/api/remarks", &json!({ "tab": tab(1), "text": script }))
            .unwrap()
            .status,
        200
    );
    let sent = String::from_utf8(client.get("/api/study").unwrap().body).unwrap();
    assert!(
        !sent.contains("\"right\"") && !sent.contains("side"),
        "the right answers are sent"
    );
    let cookie = client
        .send(
            "POST",
            "/api/consent",
            &[("Content-Type", "application/json")],
            json!({ "tab": "another-tab-of-somebody", "pid": "", "study": "", "session": "" })
                .to_string()
                .as_bytes(),
        )
        .unwrap();
    let cookie = cookie.header("set-cookie").unwrap();
    assert!(
        cookie.contains("HttpOnly; SameSite=Strict")
            && cookie
                .split('=')
                .nth(1)
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .len()
                == 64
    );
}

#[test]
fn the_time_that_a_picture_takes_tells_no_side() {
    let served = served();
    let study = Study::open(&served.folder).unwrap();
    let (mut n_longer, mut n_trials) = (0, 0);
    for person in 1..=8 {
        let mut client = Client::new(served.server.address);
        let state = agree(&mut client, person).unwrap();
        let trials = state["trials"].as_array().unwrap();
        let first = trials[0]["original"].as_str().unwrap();
        let holds = |list: &lab_study::folder::List| list.images().any(|name| name == first);
        let list = study.lists.iter().position(holds).unwrap() as u32 + 1;
        let mut time = |shown: &serde_json::Value, side: &str| {
            let since = Instant::now();
            let path = format!("/image/{}.png", shown[side].as_str().unwrap());
            assert_eq!(client.get(&path).unwrap().status, 200);
            since.elapsed()
        };
        for (shown, trial) in trials.iter().zip(1..) {
            let (left, right) = (time(shown, "left"), time(shown, "right"));
            let side = study.key_of(list, trial).unwrap().side;
            n_longer += usize::from((right > left) == (side == Side::Right));
            n_trials += 1;
        }
    }
    // |z| < 4.4 is p > .00001: a test that runs every day may not fail by chance.
    let z = (f64::from(n_longer as u32) - f64::from(n_trials) / 2.0)
        / (f64::from(n_trials) / 4.0).sqrt();
    assert!(n_trials >= 70 && z.abs() < 4.4, "{n_longer} of {n_trials}");
}
