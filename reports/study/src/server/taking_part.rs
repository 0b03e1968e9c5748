//! What a person does: come, agree, answer, finish, or withdraw.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Of;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::peer::{Peer, SESSION};
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
/// Longest reaction time that is believed, milliseconds: a day.
const LONGEST_RT: f64 = 86_400_000.0;

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
                    .map(|person| (person, away, None))
            }
            None => store.come_back(&arrival, &tab, &token)?.map(|person| {
                let away = now - person.seen;
                (person, away, Some(token))
            }),
        })
    });
    match found.await? {
        Ok((person, away_ms, token)) => Ok(state(&shared, &peer, &person, away_ms, token)),
        // No session is what everybody begins with, not an attempt to guess one.
        Err(Refusal::Unknown) if peer.token.is_none() => Err(Refusal::Unknown.into()),
        Err(refusal) => Err(refused(&shared, &peer, refusal)),
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
    Ok(state(&shared, &peer, &person, 0, Some(token)))
}

/// Answers to the questions on the instructions.
#[derive(Deserialize)]
pub(super) struct Understood {
    tab: String,
    answers: Vec<usize>,
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
        let is_over = person.is_instructed || is_right || person.tries + 1 >= most;
        store.instructed(&person, is_right, is_over)?;
        Ok(Ok(is_over))
    });
    let is_over = done
        .await?
        .map_err(|refusal| refused(&shared, &peer, refusal))?;
    // Once the questions are over, the right answers are explained.
    let explained: &[usize] = if is_over { &right } else { &[] };
    Ok(Json(json!({ "over": is_over, "wrong": wrong, "right": explained })).into_response())
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
    let Some(side) = Side::of(&given.answer).filter(|_| (0.0..=LONGEST_RT).contains(&given.rt_ms))
    else {
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
    Ok(Json(json!({ "stored": trial, "next": recorded.next, "correct": correct })).into_response())
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
    Ok(Json(json!({ "stored": true })).into_response())
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

/// Deletes all that is stored of the person.
pub(super) async fn withdraw(
    Of(shared): Of<Arc<Shared>>,
    peer: Peer,
    Json(Tab { .. }): Json<Tab>,
) -> Reply {
    let token = peer.token.clone().unwrap_or_default();
    let gone = shared.desk.ask(move |store| match store.person(&token)? {
        Ok(person) => store.withdraw(&person).map(|()| Ok(person)),
        Err(refusal) => Ok(Err(refusal)),
    });
    let person = gone
        .await?
        .map_err(|refusal| refused(&shared, &peer, refusal))?;
    shared.forget(&person);
    let scrubbed = shared
        .desk
        .alone(move |store| store.scrub(&person.pseudonym))
        .await?;
    scrubbed.map_err(|_| {
        fault(
            500,
            "not-scrubbed",
            "Your answers are deleted. Please tell the researcher that the disk is full.",
        )
    })?;
    let cookie = format!("{SESSION}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    Ok(([(SET_COOKIE, cookie)], Json(json!({ "withdrawn": true }))).into_response())
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

/// The state of a person, with the session's cookie if it is new.
fn state(
    shared: &Shared,
    peer: &Peer,
    person: &Person,
    away_ms: i64,
    token: Option<String>,
) -> Response {
    let body = Json(State::of(&shared.study, person, away_ms));
    let Some(token) = token else {
        return body.into_response();
    };
    shared.remember(&token, person);
    let seconds = u64::from(shared.study.about.settings.resume.until_hours) * 3600;
    let secure = if peer.is_encrypted { "; Secure" } else { "" };
    let cookie =
        format!("{SESSION}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}");
    ([(SET_COOKIE, cookie)], body).into_response()
}
