//! How a server starts and stops, and what it says when it cannot; who a proxy says is asking; what an absence does.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use super::replies::State;
use super::{Options, Serving, serve};
use crate::settings::{Resume, Settings, Size};
use crate::store::Store;
use crate::testing::study;

fn settings() -> Settings {
    Settings {
        size: Size::Participants(3),
        ..Settings::default()
    }
}

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Serves while something is done.
fn while_serving(folder: &Path, options: &Options, what: impl FnOnce(&Serving)) {
    let stop = AtomicBool::new(false);
    let (ready, waiting) = channel();
    std::thread::scope(|scope| {
        let server = scope.spawn(|| {
            let ready = |serving: &Serving| ready.send(serving.clone()).unwrap();
            serve(folder, anywhere(), options, &stop, ready)
        });
        let serving = waiting.recv().unwrap();
        what(&serving);
        stop.store(true, Ordering::Relaxed);
        server.join().unwrap().unwrap();
    });
}

fn post(address: SocketAddr, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: study.example\r\nConnection: close\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply
}

const COMING: &str = r#"{"tab":"a-tab-with-a-long-name","pid":"","study":"","session":""}"#;

#[test]
fn a_server_starts_says_what_is_in_its_way_and_stops() {
    let (temp, study) = study(10, &settings());
    while_serving(&study.folder, &Options::default(), |serving| {
        assert!(serving.address.ip().is_loopback() && serving.notes.is_empty());
        assert_eq!(serving.operator_token.len(), 64);
        let stop = AtomicBool::new(true);
        let again = |folder: &Path, at| {
            serve(folder, at, &Options::default(), &stop, |_| ())
                .unwrap_err()
                .to_string()
        };
        assert!(again(&study.folder, anywhere()).contains("is served by another process"));
        assert!(again(temp.path(), anywhere()).contains("is not the folder of a study"));
    });
    let taken = TcpListener::bind(anywhere()).unwrap();
    let at = taken.local_addr().unwrap();
    let error = serve(
        &study.folder,
        at,
        &Options::default(),
        &AtomicBool::new(true),
        |_| (),
    )
    .unwrap_err()
    .to_string();
    assert!(
        error.starts_with(&format!("listening on {at}: ")),
        "{error}"
    );
    assert!(
        error.contains("hint: another program listens there"),
        "{error}"
    );
}

#[test]
fn a_proxy_is_believed_only_where_it_stands() {
    let (_temp, study) = study(
        10,
        &Settings {
            keep_addresses: true,
            ..settings()
        },
    );
    let forwarded = "X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\nX-Forwarded-Proto: https\r\nOrigin: https://study.example\r\n";
    for (behind_proxy, address) in [(true, "198.51.100.7"), (false, "127.0.0.1")] {
        let options = Options {
            behind_proxy,
            ..Options::default()
        };
        while_serving(&study.folder, &options, |serving| {
            assert_eq!(
                serving
                    .notes
                    .iter()
                    .any(|note| note.contains("X-Forwarded-Proto")),
                behind_proxy
            );
            let reply = post(
                serving.address,
                "/api/consent",
                forwarded,
                &COMING.replace("a-tab", if behind_proxy { "one-tab" } else { "two-tab" }),
            );
            assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
            assert_eq!(reply.contains("; Secure"), behind_proxy);
        });
        let all = Store::open_to_read(Arc::new(study.clone()))
            .unwrap()
            .everything()
            .unwrap();
        assert_eq!(all.people.last().unwrap().address, address);
    }
}

#[test]
fn a_lost_reply_to_consent_gives_no_second_list() {
    let (_temp, study) = study(10, &settings());
    while_serving(&study.folder, &Options::default(), |serving| {
        let replies: Vec<String> = (0..3)
            .map(|_| post(serving.address, "/api/consent", "", COMING))
            .collect();
        assert!(
            replies
                .iter()
                .all(|reply| reply.starts_with("HTTP/1.1 200"))
        );
    });
    let all = Store::open_to_read(Arc::new(study))
        .unwrap()
        .everything()
        .unwrap();
    assert_eq!(all.people.len(), 1);
    assert_eq!(
        (
            all.people[0].address.as_str(),
            all.people[0].browser.as_str()
        ),
        ("", ""),
        "nothing is kept unasked"
    );
}

#[test]
fn after_a_long_absence_the_instructions_come_again() {
    let resume = Resume {
        instructions_after_minutes: 30,
        ..Resume::default()
    };
    let (_temp, study) = study(
        10,
        &Settings {
            resume,
            ..settings()
        },
    );
    let study = Arc::new(study);
    let mut store = Store::open(Arc::clone(&study), crate::clock::machine).unwrap();
    let person = store
        .arrive(&crate::store::Arrival::default(), "tab", "token")
        .unwrap()
        .unwrap();
    store.instructed(&person, true, true).unwrap();
    let person = store.person("token").unwrap().unwrap();
    for (minutes, expected) in [(0, false), (29, false), (31, true)] {
        let state = serde_json::to_value(State::of(&study, &person, minutes * 60_000)).unwrap();
        assert_eq!(
            (&state["instructions"], &state["next"]),
            (&expected.into(), &1.into())
        );
        assert!(
            state.to_string().matches("side").count() == 0,
            "the state tells a side"
        );
    }
}

#[test]
fn arrivals_from_one_network_are_limited() {
    let (_temp, study) = study(10, &settings());
    let options = Options {
        arrivals_per_peer: 2,
        ..Options::default()
    };
    while_serving(&study.folder, &options, |serving| {
        let arrive = |n: u32| {
            let coming = COMING.replace("a-tab", &format!("tab-{n}"));
            post(serving.address, "/api/consent", "", &coming)[9..12].to_owned()
        };
        assert_eq!([1, 2, 3].map(arrive), ["200", "200", "429"]);
    });
}
