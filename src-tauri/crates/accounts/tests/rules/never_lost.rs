//! Two programs, a server and a store, in whatever order things go wrong: when the faults are over, the session is still there.

use std::sync::Arc;
use std::time::Duration;

use accounts::ports::{ApiError, NetworkFault, VaultError};
use accounts::{Accounts, SessionState, Sharing, Why};
use auth_core::ServerId;
use proptest::prelude::*;

use crate::world::{World, settle};

#[derive(Debug, Clone)]
enum Step {
    /// A program refreshes and lives on.
    Refresh {
        program: usize,
    },
    /// A program is killed at that many turns of the scheduler.
    KilledWhileRefreshing {
        program: usize,
        after: usize,
    },
    BothAtOnce,
    LoseReply,
    ServerAway(bool),
    StoreLocked(bool),
    StoreRefuses(bool),
    WriteInDoubt,
    FileReadOnly(bool),
    Policy {
        program: usize,
        sharing: Sharing,
    },
    KilledWhileSharing {
        program: usize,
        sharing: Sharing,
        after: usize,
    },
    /// An old tool refreshes by itself and writes only the file.
    OldToolRotates,
    Time {
        seconds: u64,
    },
    Reload {
        program: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let program = 0..2usize;
    let sharing = || prop_oneof![Just(Sharing::Access), Just(Sharing::Full), Just(Sharing::None)];
    prop_oneof![
        4 => program.clone().prop_map(|program| Step::Refresh { program }),
        4 => (program.clone(), 0..60usize).prop_map(|(program, after)| Step::KilledWhileRefreshing { program, after }),
        2 => Just(Step::BothAtOnce),
        3 => Just(Step::LoseReply),
        2 => any::<bool>().prop_map(Step::ServerAway),
        1 => any::<bool>().prop_map(Step::StoreLocked),
        1 => any::<bool>().prop_map(Step::StoreRefuses),
        2 => Just(Step::WriteInDoubt),
        1 => any::<bool>().prop_map(Step::FileReadOnly),
        1 => (program.clone(), sharing()).prop_map(|(program, sharing)| Step::Policy { program, sharing }),
        2 => (program.clone(), sharing(), 0..40usize)
            .prop_map(|(program, sharing, after)| Step::KilledWhileSharing { program, sharing, after }),
        1 => Just(Step::OldToolRotates),
        2 => (1..1200u64).prop_map(|seconds| Step::Time { seconds }),
        2 => program.prop_map(|program| Step::Reload { program }),
    ]
}

struct Story {
    world: World,
    programs: [Arc<Accounts>; 2],
    id: ServerId,
}

impl Story {
    async fn begin() -> Self {
        let world = World::new();
        let (first, id) = world.signed_in().await;
        let second = world.program().await;
        Self {
            world,
            programs: [first, second],
            id,
        }
    }

    fn away(&self, away: bool) {
        let url = auth_core::ServerUrl::parse("https://prod.example").unwrap();
        let fault = NetworkFault::Unreachable;
        self.world.fail(away.then_some(ApiError::Network { url, fault }));
    }

    async fn take(&mut self, step: &Step) {
        let (world, id) = (&self.world, self.id.clone());
        match *step {
            // Whether it succeeds is not the question here.
            Step::Refresh { program } => drop(self.programs[program].refresh(&id, Why::Asked).await),
            Step::KilledWhileRefreshing { program, after } => {
                let victim = self.programs[program].clone();
                let refresh = async move { victim.refresh(&id, Why::Asked).await.is_ok() };
                self.kill(program, refresh, after).await;
            }
            Step::BothAtOnce => {
                let (a, b) = (&self.programs[0], &self.programs[1]);
                drop(tokio::join!(a.refresh(&id, Why::Asked), b.refresh(&id, Why::Asked)));
            }
            Step::LoseReply => *world.server.lose_reply.lock().unwrap() = true,
            Step::ServerAway(away) => self.away(away),
            Step::StoreLocked(locked) => world.lock_vault(locked.then_some(VaultError::Locked)),
            Step::StoreRefuses(refuses) => *world.vault.fail_write.lock().unwrap() = refuses,
            Step::WriteInDoubt => *world.vault.write_in_doubt.lock().unwrap() = true,
            Step::FileReadOnly(read_only) => *world.file.read_only.lock().unwrap() = read_only,
            Step::Policy { program, sharing } => drop(self.programs[program].set_sharing(&id, sharing).await),
            Step::KilledWhileSharing {
                program,
                sharing,
                after,
            } => {
                // A program of its own, as the command line is one.
                let victim = world.program().await;
                let share = async move { victim.set_sharing(&id, sharing).await.is_ok() };
                self.kill(program, share, after).await;
            }
            Step::OldToolRotates => self.old_tool_rotates(),
            Step::Time { seconds } => world.clock.advance(Duration::from_secs(seconds)),
            Step::Reload { program } => self.programs[program].reload().await,
        }
    }

    /// Ends what a program does after that many turns of the scheduler; a new one takes its place.
    async fn kill(&mut self, program: usize, act: impl Future<Output = bool> + Send + 'static, after: usize) {
        let act = tokio::spawn(act);
        for _ in 0..after {
            tokio::task::yield_now().await;
        }
        act.abort();
        drop(act.await);
        self.programs[program] = self.world.program().await;
    }

    fn old_tool_rotates(&self) {
        let (world, token) = (&self.world, |file: &serde_json::Value| {
            file["servers"]["prod"]["auth"]["refreshToken"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        });
        let mut sessions = world.server.sessions.lock().unwrap();
        // It takes the token of the file, which the server takes only where it is the current one.
        if *world.file.read_only.lock().unwrap() || token(&world.json()) != format!("refresh-1-{}", sessions[&1]) {
            return;
        }
        *sessions.get_mut(&1).unwrap() += 1;
        let next = format!("refresh-1-{}", sessions[&1]);
        drop(sessions);
        world.foreign_edit(|file| file["servers"]["prod"]["auth"]["refreshToken"] = next.into());
    }

    async fn end(&mut self) {
        let world = &self.world;
        self.away(false);
        world.lock_vault(None);
        *world.vault.fail_write.lock().unwrap() = false;
        *world.vault.write_in_doubt.lock().unwrap() = false;
        *world.server.lose_reply.lock().unwrap() = false;
        *world.file.read_only.lock().unwrap() = false;
        settle().await;
        assert!(
            world.server.sessions.lock().unwrap().contains_key(&1),
            "the server ended the session"
        );
        for program in &self.programs {
            program.reload().await;
            program.refresh(&self.id, Why::Asked).await.unwrap();
            assert_eq!(program.snapshot().server("prod").unwrap().state, SessionState::SignedIn);
        }
        assert_eq!(world.kept().len(), 1);
    }
}

proptest! {
    // `PROPTEST_CASES=20000` looks further.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_session_outlives_every_order_of_faults(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut story = Story::begin().await;
            for step in &steps {
                story.take(step).await;
            }
            story.end().await;
        });
    }
}

/// Found by the test above: both get the same token in the grace, neither can keep it, and one goes on before the other tries again.
#[test]
fn what_could_not_be_kept_gives_way_to_what_is_newer() {
    use Step::{BothAtOnce, FileReadOnly, Refresh, StoreRefuses};
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut story = Story::begin().await;
        for step in [
            StoreRefuses(true),
            BothAtOnce,
            StoreRefuses(false),
            FileReadOnly(true),
            Refresh { program: 0 },
            Refresh { program: 0 },
            BothAtOnce,
        ] {
            story.take(&step).await;
        }
        story.end().await;
    });
}

/// The shared file holds a token that two newer ones have replaced since; that we know it as old must outlive a program that is killed.
#[test]
fn an_old_token_in_the_file_stays_known_as_old() {
    use Step::{FileReadOnly, KilledWhileSharing, Policy, Refresh};
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (program, sharing) = (0, Sharing::Full);
    for after in 0..30 {
        runtime.block_on(async {
            let mut story = Story::begin().await;
            for step in [
                Policy { program, sharing },
                FileReadOnly(true),
                Refresh { program },
                Refresh { program },
                FileReadOnly(false),
                KilledWhileSharing {
                    program,
                    sharing,
                    after,
                },
            ] {
                story.take(&step).await;
            }
            story.end().await;
        });
    }
}
