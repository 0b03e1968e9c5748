//! Two pieces of work side by side, of which one stops where the other fails.

use crate::journal::Journal;

/// Does both, side by side where there are two threads: what learns from small batches leaves much of the processor idle, and
/// two such things share it without waiting for each other. If one fails, the other is asked to stop, as nobody would see
/// the end of it.
///
/// They must not need the same stage of the store: a thread that waits for a part of one may take up the other.
///
/// # Errors
/// That of the one that failed first.
pub(crate) fn both<A: Send, B: Send, E: Send>(
    events: &Journal,
    first: impl FnOnce() -> Result<A, E> + Send,
    second: impl FnOnce() -> Result<B, E> + Send,
) -> Result<(A, B), E> {
    if rayon::current_num_threads() < 2 {
        return Ok((first()?, second()?));
    }
    let made = rayon::join(|| or_give_up(events, first), || or_give_up(events, second));
    match made {
        (Ok(first), Ok(second)) => Ok((first, second)),
        // Whoever failed later says no more than that it was asked to stop.
        (Err((true, why)), _) | (Err((_, why)), Ok(_)) | (_, Err((_, why))) => Err(why),
    }
}

/// Asks the other to stop where this one fails or panics; an error says whether it was the first.
fn or_give_up<T, E>(events: &Journal, work: impl FnOnce() -> Result<T, E>) -> Result<T, (bool, E)> {
    let guard = Guard(events);
    let done = work();
    drop(guard);
    done.map_err(|why| (events.give_up(), why))
}

/// A panic goes on only once the other has ended.
struct Guard<'a>(&'a Journal);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.give_up();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use lab_core::events::Silent;

    use super::both;
    use crate::journal::Journal;

    /// Does something on so many threads.
    fn on<T: Send>(n_threads: usize, work: impl FnOnce(&Journal) -> T + Send) -> T {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
        let events = Journal::new(Arc::new(Silent));
        pool.build().unwrap().install(|| work(&events))
    }

    /// Waits until it is asked to stop.
    fn endless(events: &Journal) -> Result<(), &'static str> {
        while !events.asked_to_stop() {
            std::thread::yield_now();
        }
        Err("stopped")
    }

    #[test]
    fn both_are_done() {
        for n_threads in [1, 2, 5] {
            let made = on(n_threads, |events| {
                both(events, || Ok::<_, ()>(3), || Ok("four"))
            });
            assert_eq!(made, Ok((3, "four")), "{n_threads}");
        }
    }

    #[test]
    fn the_first_that_fails_says_why_and_stops_the_other() {
        let broken = || Err::<(), _>("broken");
        for _ in 0..20 {
            let second = on(2, |events| both(events, || endless(events), broken));
            assert_eq!(second, Err("broken"));
            let first = on(2, |events| both(events, broken, || endless(events)));
            assert_eq!(first, Err("broken"));
        }
    }

    #[test]
    fn a_panic_stops_the_other_too() {
        let made = on(2, |events| {
            let breaks = || -> Result<(), &str> { panic!("broken") };
            let both = AssertUnwindSafe(|| both(events, || endless(events), breaks));
            catch_unwind(both).is_err()
        });
        assert!(made);
    }

    #[test]
    fn one_thread_does_nothing_in_vain() {
        let begun = AtomicUsize::new(0);
        let made = on(1, |events| {
            both(
                events,
                || Err::<(), _>("broken"),
                || Ok(begun.fetch_add(1, Ordering::Relaxed)),
            )
        });
        assert_eq!(made, Err("broken"));
        assert_eq!(begun.into_inner(), 0);
    }
}
