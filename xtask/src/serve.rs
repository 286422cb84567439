//! Serves `dist/` on this machine only.
//!
//! In: the folder and a port. Out: an address; for `cargo xtask serve` until the terminal ends it, for the tests in the background
//! of this process. The files come from `tower-http`: media types (`application/wasm` among them), ranges, no way out of the folder.
//! `cargo xtask serve` also hands out the data that `cargo xtask data` has put on this machine; no built page contains it.

use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;
use serde_json::{Value, json};
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::data;
use crate::project::Project;

const PORT: u16 = 8017;
/// How many ports from the default one on are tried.
const TRIES: u16 = 50;

/// Takes a port: the given one, or the first free one from 8017 on.
pub fn listen(port: Option<u16>) -> Result<TcpListener> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match port {
        Some(port) => bind(port).map_err(|error| anyhow!("port {port} cannot be used ({error}): choose another with --port")),
        None => (PORT..PORT + TRIES)
            .find_map(|port| bind(port).ok())
            .context("no free port from 8017 on: choose one with --port"),
    }
}

/// How the builds behind the page stand; the page asks for it at `local-build.json` (`pkg/src/built.ts`).
#[derive(Default)]
pub struct Behind(Mutex<Progress>);

/// State of the builds behind the page.
#[derive(Clone, Copy, Default)]
pub enum Progress {
    #[default]
    UnderWay,
    Ready,
    Failed,
}

impl Behind {
    pub fn set(&self, progress: Progress) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = progress;
    }

    fn json(&self) -> Value {
        let state = match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Progress::UnderWay => "under way",
            Progress::Ready => "ready",
            Progress::Failed => "failed",
        };
        json!({ "state": state })
    }
}

/// Prints the address and opens the browser.
pub fn announce(listener: &TcpListener, open: bool) -> Result<()> {
    let address = url(listener.local_addr()?);
    println!("\nContrastVAE Lab is at {address}  (Ctrl+C ends it)");
    if open && has_display() && open::that_detached(&address).is_err() {
        println!("No browser could be started; open the address yourself.");
    }
    Ok(())
}

/// Serves until the process is ended.
pub fn forever(project: &Project, listener: TcpListener, behind: Arc<Behind>) -> Result<()> {
    let site = with_data(site(project.dist(), &project.dist_before(), "/"), data::root(project));
    serve(with_build(site, behind), listener)
}

/// The port of a listener that was only to find one; Vite opens it anew.
pub fn release(listener: TcpListener) -> Result<u16> {
    Ok(listener.local_addr()?.port())
}

/// Serves from a thread of its own until the process ends, and answers with the address. It has a sub-path, as on GitHub Pages, so
/// that the tests find an address in the page that is not relative; beside it lies another (`plain/`) without the headers that let memory be
/// shared.
pub fn in_background(project: &Project) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    let address = format!("{}lab/", url(listener.local_addr()?));
    let (folder, before) = (project.dist(), project.dist_before());
    thread::spawn(move || {
        let plain = plain_site(folder.clone(), &before, "/plain/");
        if let Err(error) = serve(site(folder, &before, "/lab/").merge(plain), listener) {
            eprintln!("error: the server ended: {error:#}");
        }
    });
    Ok(address)
}

/// Content security policy of the service worker. The page's own policy stands in the page and does not reach it.
const SERVICE_WORKER_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'";

/// Headers that let a browser share memory between the page's workers: neither the page nor what it loads has anything to do with other
/// origins. Nothing changes for a page that asks only its own origin.
const ISOLATION: [(HeaderName, &str); 2] = [
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
];

/// The files of a folder under a path, as a host serves them that can set headers.
fn site(folder: PathBuf, before: &Path, path: &str) -> Router {
    ISOLATION
        .into_iter()
        .fold(plain_site(folder, before, path), |router, (name, value)| {
            router.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)))
        })
}

/// The same on a host that cannot, such as GitHub Pages. A page of the build before may still be open and ask for more of its own files.
fn plain_site(folder: PathBuf, before: &Path, path: &str) -> Router {
    let policy = HeaderValue::from_static(SERVICE_WORKER_POLICY);
    let service_worker = Router::new()
        .route_service("/service-worker.js", ServeFile::new(folder.join("service-worker.js")))
        .layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, policy));
    let files = service_worker.fallback_service(ServeDir::new(folder).fallback(ServeDir::new(before)));
    if path == "/" { files } else { Router::new().nest(path, files) }
}

/// The same page with the data of this machine in place of its empty list.
fn with_data(site: Router, root: PathBuf) -> Router {
    let files = ServeDir::new(&root);
    // Asked for at each start of the page, so that data fetched meanwhile is there.
    let list = move || async move {
        let json = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, json)], data::list(&root).to_string())
    };
    site.route("/local-data.json", get(list)).nest_service("/data", files)
}

/// The same page with how the builds behind it stand.
fn with_build(site: Router, behind: Arc<Behind>) -> Router {
    let state = move || async move {
        let json = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, json)], behind.json().to_string())
    };
    site.route("/local-build.json", get(state))
}

fn serve(router: Router, listener: TcpListener) -> Result<()> {
    listener.set_nonblocking(true)?;
    // A rebuilt page must never meet a module of the build before.
    let revalidate = SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // The types are right, so nobody need guess.
    let types = SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let router = router.layer(revalidate).layer(types);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        axum::serve(listener, router).await
    })?;
    Ok(())
}

fn url(address: SocketAddr) -> String {
    format!("http://localhost:{}/", address.port())
}

/// Whether there is a screen to open a browser on, and somebody in front of it.
fn has_display() -> bool {
    let screen = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    (screen || !cfg!(target_os = "linux")) && std::io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;
    use crate::fresh::empty_folder;

    /// Status and body of an answer to a plain request.
    fn ask(port: u16, path: &str) -> Result<(u16, String)> {
        let (status, _, body) = ask_all(port, path)?;
        Ok((status, body))
    }

    /// Status, head in small letters and body.
    fn ask_all(port: u16, path: &str) -> Result<(u16, String, String)> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let status = answer.split(' ').nth(1).and_then(|number| number.parse().ok()).unwrap_or(0);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        Ok((status, head.to_lowercase(), body.to_owned()))
    }

    #[test]
    fn data_is_served_beside_the_page_and_nothing_around_it() -> Result<()> {
        let root = std::env::temp_dir().join(format!("xtask-serve-{}", std::process::id()));
        for folder in ["dist", "data/own"] {
            empty_folder(&root.join(folder))?;
        }
        fs::write(root.join("secret"), "secret")?;
        empty_folder(&root.join("before/assets"))?;
        fs::write(root.join("before/assets/old.js"), "of the build before")?;
        fs::write(root.join("dist/index.html"), "the page")?;
        fs::write(root.join("dist/local-data.json"), "of the build")?;
        fs::write(root.join("data/own/log.csv"), "user,item")?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let router = with_data(site(root.join("dist"), &root.join("before"), "/"), root.join("data"));
        let behind = Arc::new(Behind::default());
        behind.set(Progress::Ready);
        let router = with_build(router, behind);
        thread::spawn(move || serve(router, listener));
        assert_eq!(ask(port, "/")?, (200, "the page".to_owned()));
        assert_eq!(ask(port, "/local-data.json")?, (200, "[]".to_owned()));
        assert_eq!(ask(port, "/assets/old.js")?, (200, "of the build before".to_owned()));
        assert_eq!(ask(port, "/local-build.json")?, (200, r#"{"state":"ready"}"#.to_owned()));
        assert_eq!(ask(port, "/data/own/log.csv")?, (200, "user,item".to_owned()));
        for path in [
            "/data/../secret",
            "/data/%2e%2e/secret",
            "/data/own/..%2f..%2fsecret",
            "/data/own/",
            "/data//etc/passwd",
        ] {
            let (status, body) = ask(port, path)?;
            assert!(status >= 400 && !body.contains("secret"), "{path}: {status}");
        }
        Ok(fs::remove_dir_all(root)?)
    }

    #[test]
    fn the_service_worker_comes_with_its_policy_and_modules_with_their_type() -> Result<()> {
        let root = std::env::temp_dir().join(format!("xtask-headers-{}", std::process::id()));
        empty_folder(&root)?;
        for name in ["index.html", "service-worker.js", "module.wasm"] {
            fs::write(root.join(name), name)?;
        }
        for path in ["/", "/lab/"] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            let router = site(root.clone(), &root.join("before"), path);
            thread::spawn(move || serve(router, listener));
            let (status, head, body) = ask_all(port, &format!("{path}service-worker.js"))?;
            assert_eq!((status, body.as_str()), (200, "service-worker.js"));
            assert!(
                head.contains(&format!("content-security-policy: {SERVICE_WORKER_POLICY}")),
                "{head}"
            );
            assert!(head.contains("content-type: text/javascript"), "{head}");
            let (_, head, _) = ask_all(port, &format!("{path}module.wasm"))?;
            assert!(
                head.contains("content-type: application/wasm") && head.contains("nosniff"),
                "{head}"
            );
            for (name, value) in ISOLATION {
                assert!(head.contains(&format!("{name}: {value}")), "{head}");
            }
            assert!(
                !head.contains("content-security-policy"),
                "the page's own policy must be enough: {head}"
            );
            assert_eq!(ask(port, path)?, (200, "index.html".to_owned()));
        }
        Ok(fs::remove_dir_all(root)?)
    }

    #[test]
    fn a_taken_port_is_a_sentence_and_the_default_moves_on() -> Result<()> {
        let taken = listen(None)?;
        let port = taken.local_addr()?.port();
        let error = listen(Some(port)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(&format!("port {port} cannot be used")), "{error}");
        assert_ne!(listen(None)?.local_addr()?.port(), port);
        Ok(())
    }
}
