//! `deskbell call`: pokes a route, and shows every frame.

mod shown;
mod written;

use std::future::pending;
use std::io::{self, BufRead, Write};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::LocalSet;
use tokio::time::Instant;

use crate::device::{Clock, Config, Device, Identity, Observer, TokioClock, World, by};
use crate::protocol::{Call, ConnectionNo, DeviceNo, Request, RequestNo, SessionId, TokenKind};
use crate::report::printable;
use crate::run::RunPlan;
use crate::scenario::{Settings, parse_duration};

use super::endpoint::{Aim, Endpoint, EndpointArgs};
use super::exit::Exit;
use super::refusal::Refusal;
use super::trace::Veil;
use shown::{Display, Shown};
use written::{Names, Written};

const EXAMPLES: &str = "Examples:
  deskbell call --init ping
  deskbell call --init send '{\"chatSessionId\": \"${session.id}\", \"contentType\": \"TEXT\", \
\"messageContent\": \"hello\"}' --wait 3s
  deskbell call client/get-unread-msg-count '{}' --target wss://uat.example.com/uat \
--allow uat.example.com

A route is the document's, or a step's name: init, session, resume, messages, ping, send, unsend,
seen, unread, end. Where the JSON is left out, it is what the step would send. ${session.id} is the
session that was opened last, ${device.id} the device's id.";

/// Options of `call`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct CallArgs {
    /// Route and the JSON of its body, pair after pair; `-` reads them from stdin, a pair a line
    #[arg(value_name = "ROUTE [JSON]")]
    calls: Vec<String>,
    /// Opens a session first, and ends it at the end
    #[arg(long)]
    init: bool,
    /// How long events are waited for after the last answer
    #[arg(long, value_name = "D", default_value = "500ms", value_parser = parse_duration)]
    wait: Duration,
    /// Fails where an answer is no 200, or a frame does not fit its schema
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    endpoint: EndpointArgs,
    /// Option of `serve` for the embedded server; repeatable
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    server_arg: Vec<String>,
}

/// Connects, calls, shows.
pub(super) fn call(args: &CallArgs, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
    match plan_and_call(args, out, err) {
        Ok(exit) => exit,
        Err(refusal) => {
            // Where even stderr is closed, the exit status has to do.
            let _ = writeln!(err, "{}", refusal.text);
            refusal.exit
        }
    }
}

fn plan_and_call(
    args: &CallArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Refusal> {
    let from_stdin = args.calls == ["-"];
    let calls = if from_stdin { Vec::new() } else { given(args)? };
    let endpoint = Endpoint::of(&args.endpoint, !args.server_arg.is_empty())?;
    let aim = endpoint.enter(&args.server_arg, 1)?;
    aim.warn(err);
    let not_done = |error: &io::Error| Refusal::not_done(&format!("cannot go on: {error}"));
    writeln!(out, "target    {}", aim.label).map_err(|error| not_done(&error))?;
    let plan = RunPlan { run_id: "call".into(), ..aim.plan() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| not_done(&error))?;
    LocalSet::new().block_on(&runtime, async {
        let mut talk = Talk::begin((args, &aim), &plan, out).await?;
        let mut exit = talk.make_all(calls).await;
        if from_stdin && exit == Exit::Passed {
            exit = talk.make_lines(err).await;
        }
        Ok(talk.end(exit).await)
    })
}

/// The calls of the command line.
fn given(args: &CallArgs) -> Result<Vec<Written>, Refusal> {
    let calls = written::read(&args.calls)
        .map_err(|mistake| Refusal::usage(format!("error: {mistake}")))?;
    let mut has_session = args.init;
    for call in &calls {
        if call.needs_session() && !has_session {
            return Err(Refusal::usage(format!(
                "error: {} speaks of ${{session.id}}, and no session is opened before it: give \
                 --init, call init first, or write an id",
                call.route
            )));
        }
        has_session |= call.opens_session();
    }
    Ok(calls)
}

/// A connection, and what was said on it so far.
struct Talk<'a> {
    args: &'a CallArgs,
    /// Whether the server, and what it keeps, is gone at the end.
    is_embedded: bool,
    device: Device,
    names: Names,
    /// Sessions that were opened and not ended.
    open: Vec<SessionId>,
    /// The session that `--init` opened.
    own: Option<SessionId>,
    clock: Rc<TokioClock>,
    frames: UnboundedReceiver<Shown>,
    out: &'a mut dyn Write,
    is_misfit: bool,
}

impl<'a> Talk<'a> {
    /// Connects; opens a session where one is asked for.
    async fn begin(
        (args, aim): (&'a CallArgs, &Aim),
        plan: &RunPlan,
        out: &'a mut dyn Write,
    ) -> Result<Self, Refusal> {
        let clock = Rc::new(TokioClock::since(Instant::now()));
        let world = World {
            clock: Rc::clone(&clock) as _,
            epoch: Duration::ZERO,
            dial: plan.network.dial(),
        };
        let device_id = format!("{}-call-0", plan.device_prefix);
        let Some(account) = plan.accounts.first() else {
            return Err(Refusal::usage("error: no account was given"));
        };
        let identity = Identity {
            token: Some(account.token()),
            caller: Rc::new(plan.caller(0, TokenKind::Valid, Some(&device_id))),
        };
        let settings = aim.resolved.over(Settings::default());
        let schemas = Arc::clone(&plan.schemas).in_dialect(settings.dialect);
        let (sender, frames) = unbounded_channel();
        let display = Display::new(Veil::of(plan), schemas, sender);
        let device = Device::connect(
            &world,
            (&plan.target, &identity, false),
            (DeviceNo(0), ConnectionNo(0), RequestNo(0)),
            config(&settings),
            (Rc::new(display) as Rc<dyn Observer>, world.clock.now()),
        )
        .await
        .map_err(|error| {
            Refusal::not_done(&format!("cannot connect to {}: {error}", plan.target_label))
        })?;
        let names = Names { session: None, device: device_id };
        let is_embedded = aim.embedded.is_some();
        let (open, own, is_misfit) = (Vec::new(), None, false);
        let mut talk =
            Self { args, is_embedded, device, names, open, own, clock, frames, out, is_misfit };
        if args.init {
            talk.make(Request::init()).await;
            talk.own = talk.open.first().cloned();
        }
        Ok(talk)
    }

    /// Makes calls until one has no answer.
    async fn make_all(&mut self, calls: Vec<Written>) -> Exit {
        for call in calls {
            // What is missing is told where calls are read; here, a session was refused.
            let Ok(request) = call.request(&self.names) else { return Exit::NotDone };
            let exit = self.make(request).await;
            if exit != Exit::Passed {
                return exit;
            }
        }
        Exit::Passed
    }

    /// Makes the calls of stdin as they come. A wrong line is told, and passed over.
    async fn make_lines(&mut self, err: &mut dyn Write) -> Exit {
        let (sender, mut lines) = unbounded_channel();
        std::thread::spawn(move || {
            let lines = io::stdin().lock().lines().map_while(Result::ok);
            lines.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
        });
        let mut exit = Exit::Passed;
        loop {
            let line = self.show_while(lines.recv()).await;
            let Some(line) = line else { return Exit::Interrupted };
            let Some(line) = line else { return exit };
            if line.trim().is_empty() {
                continue;
            }
            let request = written::read_line(&line).and_then(|call| call.request(&self.names));
            match request {
                Ok(request) => match self.make(request).await {
                    Exit::Passed => {}
                    other => return other,
                },
                Err(mistake) => {
                    let _ = writeln!(err, "error: {mistake}");
                    exit = Exit::Usage;
                }
            }
        }
    }

    /// Sends a request, and shows what comes until it is answered.
    async fn make(&mut self, request: Request) -> Exit {
        let (call, asked) = (request.call(), request.session_id());
        let answer = {
            let (device, frames) = (&self.device, &mut self.frames);
            let asking = device.request(request, true);
            show_while(asking, (frames, &mut *self.out, &mut self.is_misfit)).await
        };
        let Some(answer) = answer else { return Exit::Interrupted };
        let Ok(reply) = answer else { return Exit::NotDone };
        self.is_misfit |= !reply.frame.is_ok();
        match (call, reply.frame.session_id()) {
            (Call::Init | Call::Resume, Some(session)) if reply.frame.is_ok() => {
                self.names.session = Some(session.to_string());
                if call == Call::Init {
                    self.open.push(session);
                }
            }
            (Call::End, _) if reply.frame.is_ok() => {
                self.open.retain(|open| Some(open) != asked.as_ref());
            }
            _ => {}
        }
        Exit::Passed
    }

    /// Waits for events, ends the session that `--init` opened, and closes.
    async fn end(mut self, exit: Exit) -> Exit {
        let mut exit = exit;
        if matches!(exit, Exit::Passed | Exit::Usage) {
            let until = self.clock_now() + self.args.wait;
            let (device, clock) = (&self.device, Rc::clone(&self.clock));
            let waiting = async {
                let ended = async {
                    while device.ending().is_none() {
                        device.arrival().await;
                    }
                };
                by(&*clock, until, ended).await
            };
            let (frames, out) = (&mut self.frames, &mut *self.out);
            if show_while(waiting, (frames, out, &mut self.is_misfit)).await.is_none() {
                exit = Exit::Interrupted;
            }
        }
        if let Some(own) = self.own.take().filter(|own| self.open.contains(own)) {
            self.make(Request::end(&own)).await;
        }
        self.device.close(&*self.clock).await;
        for session in self.open.iter().filter(|_| !self.is_embedded) {
            let _ = writeln!(
                self.out,
                "open      {0}; deskbell call end '{{\"chatSessionId\": \"{0}\"}}'",
                printable(session.as_str())
            );
        }
        if exit == Exit::Passed && self.args.check && self.is_misfit { Exit::Failed } else { exit }
    }

    fn clock_now(&self) -> Duration {
        self.clock.now()
    }

    async fn show_while<T>(&mut self, doing: impl Future<Output = T>) -> Option<T> {
        show_while(doing, (&mut self.frames, &mut *self.out, &mut self.is_misfit)).await
    }
}

/// Shows frames as they come, until something is done; `None` where it is interrupted.
async fn show_while<T>(
    doing: impl Future<Output = T>,
    (frames, out, is_misfit): (&mut UnboundedReceiver<Shown>, &mut dyn Write, &mut bool),
) -> Option<T> {
    let mut doing = pin!(doing);
    let mut interrupted = pin!(interrupted());
    let mut show = |shown: Shown| {
        *is_misfit |= shown.is_misfit;
        // Whoever has closed stdout wants to see no more.
        let _ = writeln!(out, "{}", shown.text).and_then(|()| out.flush());
    };
    loop {
        tokio::select! {
            biased;
            Some(shown) = frames.recv() => show(shown),
            done = &mut doing => {
                while let Ok(shown) = frames.try_recv() {
                    show(shown);
                }
                return Some(done);
            }
            () = &mut interrupted => return None,
        }
    }
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}

fn config(settings: &Settings) -> Config {
    Config {
        connect_timeout: settings.connect_timeout,
        response_timeout: settings.response_timeout,
        ping_every: settings.ping_every,
        // Events are shown as they come; nobody takes them.
        inbox_capacity: 0,
        is_foreign: false,
        pings_socket: false,
    }
}

/// An indented JSON text; what is none, as it is.
fn indented(text: &str) -> String {
    let value: Option<Value> = serde_json::from_str(text).ok();
    value.map_or_else(|| text.to_owned(), |value| format!("{value:#}"))
}
