//! What a person does: come, agree, answer, finish, or withdraw.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Of;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cookie;
use super::peer::Peer;
use super::replies::{Completion, Fault, State, fault};
use super::shared::Shared;
use crate::design::Side;
use crate::folder::Kind;
use crate::page;
use crate::secret;
use crate::store::{Arrival, Person, Refusal};

/// Letters of a platform's name for somebody.
const LONGEST_NAME: usize = 64;
/// Letters of a remark.
const LONGEST_REMARK: usize = 4000;

/// Said to somebody of whom a trace may be left in the database's files.
const NOT_SCRUBBED: &str = "Your answers are deleted, but a trace of them may be left in the database's files until the researcher starts the study again. Please tell the researcher.";

type Reply = Result<Response, Fault>;

/// Texts and settings.
pub(super) async fn study(Of(shared): Of<Arc<Shared>>) -> Json<Value> {
    Json(page::texts(&shared.study))
}

/// Who comes, by which link, in which tab.
#[derive(Deserialize)]
pub(super) struct Coming {
    tab: String,
    #[serde(default)]
    pid: String,
    #[serde(default)]
    study: String,
    #[serde(default)]
    session: String,
}

impl Coming {
    fn arrival(&self, shared: &Shared, peer: &Peer) -> Result<Arrival, Fault> {
        let names = [&self.pid, &self.study, &self.session, &self.tab];
        let of_a_name =
            |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        if names
            .iter()
            .any(|name| name.len() > LONGEST_NAME || !name.chars().all(of_a_name))
        {
            return Err(fault(
                400,
                "bad-link",
                "The link is not complete. Please copy it again from where you found it.",
            ));
        }
        let settings = &shared.study.about.settings;
        let browser = peer
            .browser
            .clone()
            .map(|name| name.chars().take(200).collect());
        Ok(Arrival {
            pid: self.pid.clone(),
            study: self.study.clone(),
            session: self.session.clone(),
            browser: browser.filter(|_| settings.keep_browser_names),
            address: settings.keep_addresses.then(|| peer.address.to_string()),
        })
    }
}

/// A session goes on, after a reload, in another tab, or in another browser by the platform's link.
pub(super) async fn resume(
    Of(shared): Of<Arc<Shared>>,
    peer: Peer,
    Json(coming): Json<Coming>,
) -> Reply {
    let arrival = coming.arrival(&shared, &peer)?;
    let (old, new) = (peer.token.clone().unwrap_or_default(), fresh()?);
    let (tab, token) = (coming.tab, new.clone());
    let found = shared.desk.ask(move |store| {
        let now = store.now();
        // The session of the cookie, unless the link names somebody else.
        let by_cookie = store
            .person(&old)?
            .ok()
            .filter(|person| arrival.pid.is_empty() || store.is_of(person, &arrival));
        Ok(match by_cookie {
            Some(person) => {
                let away = now - person.seen;
                store
                    .take_over(person, &tab)?
                    .map(|person| (person, away, old))
            }
            None => store.come_back(&arrival, &tab, &token)?.map(|person| {
                let away = now - person.seen;
                (person, away, token)
            }),
        })
    });
    match found.await? {
        Ok((person, away_ms, token)) => {
            shared.remember(&token, &person);
            Ok(state(&shared, &peer, &person, away_ms, &token))
        }
        // Everybody begins without a session, or with that of an earlier study: that is no attempt to guess one.
        Err(refusal) => Err(refusal.into()),
    }
}

/// Somebody agrees to take part.
pub(super) async fn consent(
    Of(shared): Of<Arc<Shared>>,
    peer: Peer,
    Json(coming): Json<Coming>,
) -> Reply {
    if !shared.arrivals.count(peer.address) {
        return Err(fault(
            429,
            "too-many",
            "Too many people began from your network. Please wait ten minutes.",
        ));
    }
    let arrival = coming.arrival(&shared, &peer)?;
    let token = fresh()?;
    let (tab, asked) = (coming.tab, token.clone());
    let person = shared
        .desk
        .ask(move |store| store.arrive(&arrival, &tab, &asked))
        .await?;
    let person = person.map_err(|refusal| refused(&shared, &peer, refusal))?;
    shared.remember(&token, &person);
    Ok(state(&shared, &peer, &person, 0, &token))
}

/// Answers to the questions on the instructions.
#[derive(Deserialize)]
pub(super) struct Understood {
    tab: String,
    answers: Vec<usize>,
    /// How often they were answered before, by the page: a request that is sent again counts once.
    tries: u32,
}

/// Says which answers were wrong; after the last try the study goes on all the same.
pub(super) async fn comprehension(
    Of(shared): Of<Arc<Shared>>,
    peer: Peer,
    Json(understood): Json<Understood>,
) -> Reply {
    let settings = &shared.study.about.settings;
    let right: Vec<usize> = settings
        .comprehension
        .iter()
        .map(|question| question.right)
        .collect();
    let is_wrong = |at: &usize| understood.answers.get(*at) != right.get(*at);
    let wrong: Vec<usize> = (0..right.len()).filter(is_wrong).collect();
    let (is_right, most) = (wrong.is_empty(), settings.comprehension_tries);
    let token = peer.token.clone().unwrap_or_default();
    let done = shared.desk.ask(move |store| {
        let person = match store.active(&token, &understood.tab)? {
            Ok(person) => person,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if understood.tries != person.tries {
            return Ok(Ok(person.is_instructed));
        }
        let is_over = person.is_instructed || is_right || person.tries + 1 >= most;
        store.instructed(&person, is_right, is_over)?;
        Ok(Ok(is_over))
    });
    let is_over = done
        .await?
        .map_err(|refusal| refused(&shared, &peer, refusal))?;
    // Once the questions are over, the right answers are explained.
    let explained: &[usize] = if is_over { &right } else { &[] };
    let reply = json!({ "over": is_over, "wrong": wrong, "right": explained });
    Ok(seen(&shared, &peer, reply))
}

/// An answer to a trial. The session and the trial make it the only one.
#[derive(Deserialize)]
pub(super) struct Answer {
    tab: String,
    trial: u32,
    answer: String,
    rt_ms: f64,
}

/// Stores an answer, and says so once the disk has it; after practice, also whether it was right.
pub(super) async fn answer(
    Of(shared): Of<Arc<Shared>>,
    peer: Peer,
    Json(given): Json<Answer>,
) -> Reply {
    let Some(side) = Side::of(&given.answer).filter(|_| given.rt_ms >= 0.0) else {
        return Err(fault(400, "bad-answer", "This is no answer."));
    };
    let token = peer.token.clone().unwrap_or_default();
    let (tab, trial, rt_ms) = (given.tab, given.trial, given.rt_ms);
    let stored = shared
        .desk
        .ask(move |store| match store.active(&token, &tab)? {
            Ok(person) => Ok(store
                .answer(&person, trial, side, rt_ms)?
                .map(|recorded| (person.list, recorded))),
            Err(refusal) => Ok(Err(refusal)),
        });
    let (list, recorded) = stored
        .await?
        .map_err(|refusal| refused(&shared, &peer, refusal))?;
    let practice = shared
        .study
        .key_of(list, trial)
        .filter(|row| row.kind == Kind::Practice);
    let correct = practice.map(|row| row.side == side);
    let reply = json!({ "stored": trial, "next": recorded.next, "correct": correct });
    Ok(seen(&shared, &peer, reply))
}

/// What somebody wrote at the end.
#[derive(Deserialize)]
pub(super) struct Remarks {
    tab: String,
    text: String,
}

/// Stores the remarks.
pub(super) async fn remarks(
    Of(shared): Of<Arc<Shared>>,
    peer: Peer,
    Json(remarks): Json<Remarks>,
) -> Reply {
    let text: String = remarks.text.chars().take(LONGEST_REMARK).collect();
    let token = peer.token.clone().unwrap_or_default();
    let stored = shared
        .desk
        .ask(move |store| match store.active(&token, &remarks.tab)? {
            Ok(person) => store.remark(&person, &text).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        });
    stored
        .await?
        .map_err(|refusal| refused(&shared, &peer, refusal))?;
    Ok(seen(&shared, &peer, json!({ "stored": true })))
}

/// The tab that asks.
#[derive(Deserialize)]
pub(super) struct Tab {
    tab: String,
}

/// Gives the way back to the platform, once every answer is stored.
pub(super) async fn finish(
    Of(shared): Of<Arc<Shared>>,
    peer: Peer,
    Json(Tab { tab }): Json<Tab>,
) -> Reply {
    let token = peer.token.clone().unwrap_or_default();
    let done = shared
        .desk
        .ask(move |store| match store.active(&token, &tab)? {
            Ok(person) => store.finish(&person),
            Err(refusal) => Ok(Err(refusal)),
        });
    done.await?
        .map_err(|refusal| refused(&shared, &peer, refusal))?;
    Ok(Json(Completion::of(&shared.study)).into_response())
}

/// The request of somebody who withdraws from the study.
#[derive(Deserialize)]
pub(super) struct Withdrawal {
    /// The made-up name: it tells that this person is gone already, where the reply that said so got lost.
    pseudonym: String,
}

/// Deletes all that is stored of the person.
pub(super) async fn withdraw(
    Of(shared): Of<Arc<Shared>>,
    peer: Peer,
    Json(Withdrawal { pseudonym }): Json<Withdrawal>,
) -> Reply {
    let token = peer.token.clone().unwrap_or_default();
    let gone = shared.desk.ask(move |store| match store.person(&token)? {
        Ok(person) => store.withdraw(&person).map(|()| Ok(Some(person))),
        Err(Refusal::Unknown) if store.has_withdrawn(&pseudonym)? => Ok(Ok(None)),
        Err(refusal) => Ok(Err(refusal)),
    });
    let person = gone
        .await?
        .map_err(|refusal| refused(&shared, &peer, refusal))?;
    let mut note = None;
    if let Some(person) = person {
        shared.forget(&person);
        let scrubbed = shared
            .desk
            .alone(move |store| store.scrub(&person.pseudonym))
            .await?;
        note = (!scrubbed.unwrap_or(false)).then_some(NOT_SCRUBBED);
    }
    let reply = json!({ "withdrawn": true, "note": note });
    Ok((cookie::end(&shared), Json(reply)).into_response())
}

/// A refusal; a token that belongs to nobody is counted.
pub(super) fn refused(shared: &Shared, peer: &Peer, refusal: Refusal) -> Fault {
    if refusal == Refusal::Unknown {
        shared.wrong.count(peer.address);
    }
    refusal.into()
}

fn fresh() -> Result<String, Fault> {
    secret::token().map_err(|_| {
        fault(
            503,
            "not-stored",
            "The server cannot begin a session now. Please try again.",
        )
    })
}

/// The state of a person, whose session is kept.
fn state(shared: &Shared, peer: &Peer, person: &Person, away_ms: i64, token: &str) -> Response {
    let body = Json(State::of(&shared.study, person, away_ms));
    (cookie::keep(shared, peer.is_encrypted, token), body).into_response()
}

/// A reply to somebody who was seen just now, so that the session lasts longer.
fn seen(shared: &Shared, peer: &Peer, body: Value) -> Response {
    let token = peer.token.as_deref().unwrap_or_default();
    (cookie::keep(shared, peer.is_encrypted, token), Json(body)).into_response()
}
