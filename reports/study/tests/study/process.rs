//! A server in a process of its own, which can be killed: these tests start themselves again.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use lab_study::server::{Options, serve};
use lab_study::settings::{Settings, Size};

use crate::studies::study;

/// Names the folder of the study that the process serves.
const FOLDER: &str = "LAB_STUDY_SERVED";
/// Names its address.
const ADDRESS: &str = "LAB_STUDY_ADDRESS";
/// The operator's token.
pub(crate) const TOKEN: &str = "the-operators-token";

/// No test, unless a test starts it.
#[test]
fn serves_when_asked() {
    let (Ok(folder), Ok(address)) = (std::env::var(FOLDER), std::env::var(ADDRESS)) else {
        return;
    };
    let options = Options {
        operator_token: Some(TOKEN.into()),
        arrivals_per_peer: 1_000_000,
        ..Options::default()
    };
    serve(
        Path::new(&folder),
        address.parse().unwrap(),
        &options,
        &AtomicBool::new(false),
        |_| (),
    )
    .unwrap();
}

/// A server that can be killed and started again at the same address.
pub(crate) struct Server {
    folder: PathBuf,
    pub(crate) address: SocketAddr,
    child: Option<Child>,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut server = Self {
            folder: folder.into(),
            address,
            child: None,
        };
        server.start_again();
        server
    }

    pub(crate) fn start_again(&mut self) {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "process::serves_when_asked",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(FOLDER, &self.folder)
            .env(ADDRESS, self.address.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        let since = Instant::now();
        while std::net::TcpStream::connect(self.address).is_err() {
            assert!(
                since.elapsed() < Duration::from_secs(20),
                "the server does not start"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends the process at once, by SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A study of eight lists that is served.
pub(crate) struct Served {
    _temp: tempfile::TempDir,
    pub(crate) folder: PathBuf,
    pub(crate) server: Server,
}

pub(crate) fn served() -> Served {
    served_by(5)
}

/// A study of another seed.
pub(crate) fn served_by(seed: u64) -> Served {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("study");
    drop(study(
        &folder,
        12,
        &Settings {
            size: Size::Participants(8),
            ..Settings::default()
        },
        seed,
    ));
    let server = Server::start(&folder);
    Served {
        _temp: temp,
        folder,
        server,
    }
}
