/**
 * What every head and neuron does on calibration text, and what it would cost to replace it.
 * Proposes nothing and changes no Program.
 */
export * from "./profile.ts";
