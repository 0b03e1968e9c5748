//! Sessions last for as long as people come back, and requests that are sent twice count once.

use serde_json::{Value, json};

use crate::client::{Client, agree, answer, tab, understand};
use crate::process::{Served, served, served_by};

/// Name and token of the cookie that a client holds.
fn cookie(client: &Client) -> (String, String) {
    let (name, token) = client.cookie.as_ref().unwrap().split_once('=').unwrap();
    (name.into(), token.into())
}

/// Name of the cookie of a study that is served.
pub(crate) fn cookie_name(served: &Served) -> String {
    let mut client = Client::new(served.server.address);
    drop(agree(&mut client, 99).unwrap());
    cookie(&client).0
}

fn resume(client: &mut Client, person: usize) -> crate::client::Reply {
    client
        .post("/api/resume", &json!({ "tab": tab(person) }))
        .unwrap()
}

#[test]
fn the_session_is_kept_anew_whenever_somebody_is_seen() {
    let served = served();
    let mut client = Client::new(served.server.address);
    drop(agree(&mut client, 1).unwrap());
    let known = client.cookie.clone().unwrap();
    understand(&mut client, 1).unwrap();
    let replies = [
        answer(&mut client, 1, 1, "left").unwrap(),
        resume(&mut client, 1),
    ];
    for reply in replies {
        let cookie = reply.header("set-cookie").unwrap();
        assert!(cookie.starts_with(&known), "the same token: {cookie}");
        // Two days, as settings have it.
        assert!(cookie.contains("Max-Age=172800"), "{cookie}");
    }
}

#[test]
fn studies_on_other_ports_of_a_host_leave_the_session_alone() {
    let (one, other) = (served(), served_by(6));
    assert_ne!(cookie_name(&one), cookie_name(&other));
}

#[test]
fn old_sessions_of_a_class_lock_nobody_out() {
    let served = served();
    let mut valid = Client::new(served.server.address);
    let state = agree(&mut valid, 1).unwrap();
    understand(&mut valid, 1).unwrap();
    let picture = state["trials"][0]["original"].as_str().unwrap();
    let mut old = Client::new(served.server.address);
    for pupil in 0..40 {
        old.cookie = Some(format!("{}={pupil:064x}", cookie(&valid).0));
        assert_eq!(resume(&mut old, 2).status, 401);
        let path = format!("/image/{picture}.png");
        assert_eq!(old.get(&path).unwrap().status, 401);
    }
    assert_eq!(answer(&mut valid, 1, 1, "left").unwrap().status, 200);
}

#[test]
fn answers_to_the_instructions_that_are_sent_twice_count_once() {
    let served = served();
    let mut client = Client::new(served.server.address);
    drop(agree(&mut client, 1).unwrap());
    let mut ask = |answer: usize, tries: u32| -> Value {
        let body = json!({ "tab": tab(1), "answers": [answer], "tries": tries });
        client.post("/api/comprehension", &body).unwrap().json()
    };
    for _ in 0..3 {
        let reply = ask(0, 0);
        assert_eq!(
            (&reply["over"], &reply["wrong"]),
            (&json!(false), &json!([0]))
        );
    }
    assert_eq!(ask(1, 1)["over"], json!(true));
    assert_eq!(ask(1, 1)["over"], json!(true), "sent again");
    let people = crate::browser::stored(&served.folder).people;
    assert_eq!(people[0].tries, 2);
}

#[test]
fn a_withdrawal_that_is_sent_twice_is_done() {
    let served = served();
    let mut client = Client::new(served.server.address);
    let state = agree(&mut client, 1).unwrap();
    let token = client.cookie.clone();
    let mut withdraw = |pseudonym: &Value| {
        client.cookie.clone_from(&token);
        client
            .post(
                "/api/withdraw",
                &json!({ "tab": tab(1), "pseudonym": pseudonym }),
            )
            .unwrap()
    };
    assert_eq!(
        withdraw(&state["pseudonym"]).json()["withdrawn"],
        json!(true)
    );
    let again = withdraw(&state["pseudonym"]);
    assert_eq!(again.json(), json!({ "withdrawn": true, "note": null }));
    assert!(again.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(
        withdraw(&json!("p0")).status,
        401,
        "nobody of that name withdrew"
    );
}

#[test]
fn a_trial_may_take_longer_than_a_day() {
    let served = served();
    let mut client = Client::new(served.server.address);
    drop(agree(&mut client, 1).unwrap());
    understand(&mut client, 1).unwrap();
    let body = json!({ "tab": tab(1), "trial": 1, "answer": "left", "rt_ms": 90_000_000.5 });
    assert_eq!(client.post("/api/answer", &body).unwrap().status, 200);
    let stored = crate::browser::stored(&served.folder).answers;
    assert_eq!(stored[0].rt_ms.to_string(), "90000000.5");
}
