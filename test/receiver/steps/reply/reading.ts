/**
 * What tests of replies read them with: the steps of a rule's text, and what is wrong with it.
 *
 * @module
 */
import type { StepSpec } from "../../../../receiver/steps/registry.ts";
import { tellSteps } from "../../../../receiver/scenario/tell.ts";
import { issuesOf, scenarioOf } from "../../scenario/files.ts";

/** The steps that a rule's steps, written between `[` and `]`, are read as. */
export function stepsOf(written: string): readonly StepSpec[] {
  return scenarioOf(`rules: [{id: a, do: [${written}]}]`).rules[0].do;
}

/** The same in words. */
export function toldOf(written: string): string {
  return tellSteps(stepsOf(written));
}

/** What is wrong with a rule's steps: `do[0].reply.late: why`, each. */
export function wrongOf(written: string): string[] {
  return issuesOf(`version: 1\nrules: [{id: a, do: [${written}]}]`).map((issue) =>
    issue.replace(/^\d+:\d+ rules\[0\]\./, "")
  );
}

/** The one thing that is wrong with a rule's steps. */
export function complaintOf(written: string): string {
  const found = wrongOf(written);
  return found.length === 1 ? found[0] : `${found.length} complaints: ${found.join("; ")}`;
}
