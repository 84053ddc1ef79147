//! Engines that start several processes and tell each of them by variables which it is: continuous
//! integration, and schedulers.
//!
//! It reads no environment by itself. An engine is a row of [`ENGINES`]; start from [`said`].

#[cfg(test)]
mod tests;

use crate::load::Shard;

use super::{Chosen, whole};

/// An engine, and the variables that it sets.
struct Engine {
    name: &'static str,
    /// Which process it is.
    index: &'static str,
    /// Of how many.
    count: &'static str,
    numbering: Numbering,
    /// The one that is set only where the engine has started several.
    sign: &'static str,
    /// What is to be done so that all of them are set.
    mend: &'static str,
}

/// How an engine counts its processes.
enum Numbering {
    /// One by one from here.
    From(u32),
    /// From the first to the last, in steps, as these variables say.
    Steps { first: &'static str, last: &'static str, step: &'static str },
}

/// Every engine that is known, each as its own documents have it.
static ENGINES: [Engine; 8] = [
    // CI_NODE_TOTAL is 1 in a job that is alone, and CI_NODE_INDEX is not set there.
    // https://docs.gitlab.com/ci/variables/predefined_variables/
    Engine {
        name: "GitLab CI",
        index: "CI_NODE_INDEX",
        count: "CI_NODE_TOTAL",
        numbering: Numbering::From(1),
        sign: "CI_NODE_INDEX",
        mend: "give the job `parallel: N`",
    },
    // GitHub sets no variables of its own for it.
    // https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#strategy-context
    Engine {
        name: "a GitHub matrix",
        index: "STRATEGY_JOB_INDEX",
        count: "STRATEGY_JOB_TOTAL",
        numbering: Numbering::From(0),
        sign: "STRATEGY_JOB_INDEX",
        mend: "hand on ${{ strategy.job-index }} as STRATEGY_JOB_INDEX and ${{ strategy.job-total }} as \
               STRATEGY_JOB_TOTAL in the step's `env`",
    },
    // https://kubernetes.io/docs/tasks/job/indexed-parallel-processing-static/
    Engine {
        name: "a Kubernetes Indexed Job",
        index: "JOB_COMPLETION_INDEX",
        count: "DESKBELL_SHARD_COUNT",
        numbering: Numbering::From(0),
        sign: "JOB_COMPLETION_INDEX",
        mend: "give the Job `completionMode: Indexed`, and its container DESKBELL_SHARD_COUNT, as much as \
               `completions`",
    },
    // https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
    Engine {
        name: "an AWS Batch array",
        index: "AWS_BATCH_JOB_ARRAY_INDEX",
        count: "AWS_BATCH_JOB_ARRAY_SIZE",
        numbering: Numbering::From(0),
        sign: "AWS_BATCH_JOB_ARRAY_INDEX",
        mend: "submit the job as an array",
    },
    // https://slurm.schedmd.com/job_array.html
    Engine {
        name: "a Slurm array",
        index: "SLURM_ARRAY_TASK_ID",
        count: "SLURM_ARRAY_TASK_COUNT",
        numbering: Numbering::Steps {
            first: "SLURM_ARRAY_TASK_MIN",
            last: "SLURM_ARRAY_TASK_MAX",
            step: "SLURM_ARRAY_TASK_STEP",
        },
        sign: "SLURM_ARRAY_TASK_ID",
        mend: "submit it by `sbatch --array=1-N`",
    },
    // A batch script has SLURM_PROCID=0 and the SLURM_NTASKS of its job too, and is one process.
    // https://slurm.schedmd.com/srun.html#SECTION_OUTPUT-ENVIRONMENT-VARIABLES
    Engine {
        name: "Slurm's srun",
        index: "SLURM_PROCID",
        count: "SLURM_STEP_NUM_TASKS",
        numbering: Numbering::From(0),
        sign: "SLURM_STEP_NUM_TASKS",
        mend: "start deskbell by `srun --ntasks=N`",
    },
    // https://developer.hashicorp.com/nomad/docs/reference/runtime-environment-settings
    Engine {
        name: "Nomad",
        index: "NOMAD_ALLOC_INDEX",
        count: "DESKBELL_SHARD_COUNT",
        numbering: Numbering::From(0),
        sign: "NOMAD_ALLOC_INDEX",
        mend: "set DESKBELL_SHARD_COUNT in the task's `env`, as much as the group's `count`",
    },
    // https://cloud.google.com/run/docs/container-contract#jobs-env-vars
    Engine {
        name: "a Cloud Run job",
        index: "CLOUD_RUN_TASK_INDEX",
        count: "CLOUD_RUN_TASK_COUNT",
        numbering: Numbering::From(0),
        sign: "CLOUD_RUN_TASK_INDEX",
        mend: "run it as a Cloud Run job with `--tasks N`",
    },
];

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Which share this process is, by the variables of the engine that started it. One that has started a
/// single process says nothing beside another one: a task of an array may be started by `srun`.
///
/// # Errors
/// No engine or several, a variable that is not there, is empty, or is no number within its bounds: what
/// was there, and how to mend it.
pub(super) fn said(env: Env<'_>) -> Result<Chosen, String> {
    let mut variables = ENGINES.iter().flat_map(Engine::variables);
    if let Some(name) = variables.find(|name| env(name).is_some_and(|value| value.is_empty())) {
        return Err(format!("{name} is set but empty: unset it, or give it a value"));
    }
    let there: Vec<_> = ENGINES.iter().filter(|engine| env(engine.sign).is_some()).collect();
    let is_single = |engine: &&Engine| env(engine.count).as_deref() == Some("1");
    let several: Vec<_> = there.iter().copied().filter(|engine| !is_single(engine)).collect();
    let engine = match (&several[..], &there[..]) {
        ([engine], _) | ([], [engine, ..]) => engine,
        ([], []) => return Err(nobody(env)),
        (several, _) => {
            let each: Vec<_> = several.iter().map(|engine| engine.told(env)).collect();
            let each = each.join(" and ");
            return Err(format!("{each} both say which shard this is: give --shard I/N"));
        }
    };
    Ok(Chosen { shard: engine.shard(env)?, said_by: Some(engine.name) })
}

/// Why it is not known where no engine shows itself.
fn nobody(env: Env<'_>) -> String {
    let is_there = |engine: &&Engine| engine.variables().any(|name| env(name).is_some());
    let halves: Vec<_> =
        ENGINES.iter().filter(is_there).map(|engine| engine.incomplete(env)).collect();
    if !halves.is_empty() {
        return halves.join("; ");
    }
    let names: Vec<_> = ENGINES.iter().map(|engine| engine.name).collect();
    format!(
        "no variable of any engine that is known is set ({}): give --shard I/N",
        names.join(", ")
    )
}

impl Engine {
    /// All that are needed.
    fn variables(&self) -> impl Iterator<Item = &'static str> {
        let steps = match self.numbering {
            Numbering::From(_) => [None; 3],
            Numbering::Steps { first, last, step } => [Some(first), Some(last), Some(step)],
        };
        [self.index, self.count].into_iter().chain(steps.into_iter().flatten())
    }

    /// The engine, and those of its variables that are set.
    fn told(&self, env: Env<'_>) -> String {
        let set = self.variables().filter_map(|name| Some(format!("{name}={}", env(name)?)));
        format!("{} ({})", self.name, set.collect::<Vec<_>>().join(", "))
    }

    /// What is set, what is not, and how it comes to be.
    fn incomplete(&self, env: Env<'_>) -> String {
        let lacking: Vec<_> = self.variables().filter(|name| env(name).is_none()).collect();
        format!("{} lacks {}: {}", self.told(env), lacking.join(", "), self.mend)
    }

    fn shard(&self, env: Env<'_>) -> Result<Shard, String> {
        if self.variables().any(|name| env(name).is_none()) {
            return Err(self.incomplete(env));
        }
        let number = |name: &str| {
            let text = env(name).unwrap_or_default();
            whole(&text)
                .map_err(|_| format!("{name}={text} is no number of a shard: {}", self.mend))
        };
        let (index, count) = (number(self.index)?, number(self.count)?);
        let before = match self.numbering {
            Numbering::From(first) => index.checked_sub(first),
            Numbering::Steps { first, last, step } => {
                let (first, last, step) = (number(first)?, number(last)?, number(step)?);
                if !is_even((first, last, step), count) {
                    let told = self.told(env);
                    return Err(format!("{told} counts in uneven steps: {}", self.mend));
                }
                let after = index.checked_sub(first).filter(|after| after.is_multiple_of(step));
                after.map(|after| after / step)
            }
        };
        let before = before.filter(|before| *before < count);
        before
            .map(|before| Shard { index: before + 1, count })
            .ok_or_else(|| format!("{} is none of its own shards: {}", self.told(env), self.mend))
    }
}

/// Whether it is so many from the first to the last, in steps.
fn is_even((first, last, step): (u32, u32, u32), count: u32) -> bool {
    let steps = last.checked_sub(first).and_then(|wide| wide.checked_div(step));
    steps.is_some_and(|steps| u64::from(steps) + 1 == u64::from(count))
}
