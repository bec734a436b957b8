//! The rules with a manual clock and fakes for faults: days pass in milliseconds.

mod crossed;
mod drawing;
mod lost;
mod refreshing;
mod servers;
mod signing;
mod storing;
mod world;
