//! Checkpoints that take the place of the run.
//!
//! In: the archive of a checkpoint. Out: the run that it holds, on hold, and events that tell the page of it.

use super::Session;
use crate::{
    run::{Checkpoint, Run},
    web::{
        events::Answered,
        host::{Host, words},
        protocol::{Answer, Event, LatentKind, RunState},
    },
};

impl Session {
    /// Puts the run of a checkpoint in the place of the present one, which stays if the checkpoint cannot be used.
    pub(super) async fn restore(&mut self, archive: &[u8]) -> Answered {
        let (host, weights_of) = self.run_of(archive)?;
        let run = host.run();
        let config = run.config().clone();
        let over = run.is_finished() || run.history().is_over(config.training.patience) || weights_of.is_some();
        self.config = config;
        self.drop_host();
        host.tell_restored(&self.outbox, weights_of);
        host.tell_begun(&self.outbox);
        let host = self.host.insert(host);
        self.state = if over { RunState::Finished } else { RunState::Paused };
        self.outbox.send(&Event::State { state: self.state });
        host.show(&self.outbox, LatentKind::Items).await;
        host.show(&self.outbox, LatentKind::Users).await;
        host.diagnose(&self.outbox).await;
        Ok(Answer::Done)
    }

    /// The run that a checkpoint holds and, if it brought weights alone, the file that these came from.
    fn run_of(&self, archive: &[u8]) -> Result<(Host, Option<String>), String> {
        let checkpoint = Checkpoint::from_archive(archive).map_err(words)?;
        let of = &checkpoint.record.data;
        let data = self.data(&format!(
            "The checkpoint is of {} ({} users, {} items), and nothing is loaded yet; load that data with the same filter and \
             split, then open the checkpoint again.",
            of.name, of.users, of.items
        ))?;
        let run = Run::resume(&checkpoint, data.clone(), self.compute.clone()).map_err(words)?;
        let weights_of = checkpoint.nothing_to_resume().map(str::to_owned);
        Ok((Host::new(run, self.loaded.options().clone()), weights_of))
    }
}
