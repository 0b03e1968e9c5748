//! Simulated people over loopback, while the server is killed again and again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lab_study::Study;
use lab_study::settings::{Settings, Size};
use lab_study::store::Store;
use tempfile::TempDir;

use crate::client::{Client, agree, answer, understand};
use crate::process::Server;
use crate::studies::study;

/// Times that the server is killed.
const KILLS: usize = 20;

/// What the people were told, and how long it took.
#[derive(Default)]
struct Told {
    /// Acknowledged answers, by person and trial.
    answers: BTreeMap<(String, u32), String>,
    /// Milliseconds between an answer's leaving and its acknowledgement, of requests that were answered.
    waits: Vec<f64>,
}

/// A study whose answers stand on the disk, and whose thousands of pictures stand in memory where there is a place for them.
fn built(n_images: usize, settings: &Settings) -> ([TempDir; 2], PathBuf) {
    let disk = tempfile::tempdir().unwrap();
    let memory = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap();
    let (built, folder) = (memory.path().join("study"), disk.path().join("study"));
    drop(study(&built, n_images, settings, 3));
    std::fs::create_dir(&folder).unwrap();
    for name in ["study.ron", "lists.json", "key.csv", "manifest.json"] {
        std::fs::copy(built.join(name), folder.join(name)).unwrap();
    }
    std::os::unix::fs::symlink(built.join("images"), folder.join("images")).unwrap();
    ([disk, memory], folder)
}

/// Asks until it is answered.
fn until<T>(mut ask: impl FnMut() -> std::io::Result<T>) -> T {
    let since = Instant::now();
    loop {
        match ask() {
            Ok(value) => return value,
            Err(error) => assert!(
                since.elapsed() < Duration::from_mins(1),
                "no answer for a minute: {error}"
            ),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn take_part(
    server: std::net::SocketAddr,
    person: usize,
    told: &Mutex<Told>,
    n_told: &AtomicUsize,
) {
    let mut client = Client::new(server);
    let state = until(|| agree(&mut client, person));
    let pseudonym = state["pseudonym"].as_str().unwrap().to_owned();
    let n_trials = state["trials"].as_array().unwrap().len() as u32;
    until(|| understand(&mut client, person));
    for trial in 1..=n_trials {
        let side = if (person + trial as usize).is_multiple_of(3) {
            "left"
        } else {
            "right"
        };
        let mut wait = 0.0;
        let reply = until(|| {
            let since = Instant::now();
            let reply = answer(&mut client, person, trial, side)?;
            wait = since.elapsed().as_secs_f64() * 1000.0;
            if reply.status == 503 {
                Err(std::io::Error::other("not stored"))
            } else {
                Ok(reply)
            }
        });
        assert_eq!(
            reply.status,
            200,
            "trial {trial}: {}",
            String::from_utf8_lossy(&reply.body)
        );
        n_told.fetch_add(1, Ordering::Relaxed);
        let mut told = told.lock().unwrap();
        told.waits.push(wait);
        told.answers.insert((pseudonym.clone(), trial), side.into());
        drop(told);
        // Some browsers ask twice: the answer is acknowledged again, and stored once.
        if trial % 7 == 0 {
            let again = until(|| answer(&mut client, person, trial, side));
            assert!(again.status == 200 || again.status == 503);
        }
    }
    let finish = serde_json::json!({ "tab": crate::client::tab(person) });
    let reply = until(|| client.post("/api/finish", &finish));
    assert_eq!(reply.status, 200);
}

#[test]
fn no_acknowledged_answer_is_lost_or_doubled_however_often_the_server_is_killed() {
    let is_slow = std::env::var_os("LAB_SLOW").is_some();
    let (n_people, n_trials) = if is_slow { (500, 100) } else { (100, 40) };
    let settings = Settings {
        size: Size::Participants(n_people),
        trials: Some(n_trials),
        catch_trials: 0,
        practice_trials: 0,
        ..Settings::default()
    };
    let (_temps, folder) = built(2 * n_trials as usize, &settings);
    let mut server = Server::start(&folder);
    let (told, n_told) = (Mutex::new(Told::default()), AtomicUsize::new(0));
    let n_all = n_people as usize * n_trials as usize;
    let address = server.address;
    std::thread::scope(|scope| {
        for person in 0..n_people as usize {
            let (told, n_told) = (&told, &n_told);
            scope.spawn(move || take_part(address, person, told, n_told));
        }
        for kill in 1..=KILLS {
            while n_told.load(Ordering::Relaxed) < kill * n_all / (KILLS + 1) {
                std::thread::sleep(Duration::from_millis(1));
            }
            server.kill();
            server.start_again();
        }
    });
    server.kill();
    let mut told = told.into_inner().unwrap();
    let all = Store::open_to_read(Arc::new(Study::open(&folder).unwrap()))
        .unwrap()
        .everything()
        .unwrap();
    let names: BTreeMap<i64, &str> = all
        .people
        .iter()
        .map(|person| (person.id, person.pseudonym.as_str()))
        .collect();
    let stored: BTreeMap<(String, u32), String> = all
        .answers
        .iter()
        .map(|answer| {
            (
                (names[&answer.person].to_owned(), answer.trial),
                answer.answer.clone(),
            )
        })
        .collect();
    assert_eq!(stored.len(), all.answers.len(), "an answer twice");
    assert_eq!(
        stored, told.answers,
        "what was acknowledged is what is stored"
    );
    assert_eq!(stored.len(), n_all);
    assert!(all.people.iter().all(|person| person.state == "finished"));
    told.waits.sort_by(f64::total_cmp);
    let at = |share: f64| told.waits[((told.waits.len() - 1) as f64 * share) as usize];
    eprintln!(
        "{n_people} people × {n_trials} trials, {KILLS} kills: acknowledged after p50 {:.1} ms, p99 {:.1} ms",
        at(0.5),
        at(0.99)
    );
}
