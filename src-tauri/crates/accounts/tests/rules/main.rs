//! The rules with a manual clock and fakes for faults: days pass in milliseconds.

mod calls;
mod choices;
mod conflicts;
mod crossed;
mod drawing;
mod history;
mod inspecting;
mod kept;
mod lost;
mod model;
mod never_lost;
mod refreshing;
mod servers;
mod sharing;
mod sign_outs;
mod signing;
mod storing;
mod world;
