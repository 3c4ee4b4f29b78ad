import type { Resolver } from '../transform/pipeline.ts'
import type { Answers, Question } from '../workers/messages.ts'

/** Answers what a worker asks. */
export async function answerQuestion(resolver: Resolver, question: Question): Promise<Answers> {
  if (question.kind === 'lookups') return resolver.lookups(question.table, question.match, question.column, question.values)
  return resolver.references(question.mapping, question.keys, { orTarget: question.orTarget })
}
