import { Type } from 'typebox'
import { reachOf } from '../../access/reach.ts'
import { Refusal } from '../../error/problem.ts'
import { EvidenceFileSchema } from '../../evidence/evidence-file.ts'
import { gatherEvidence } from '../../evidence/gather.ts'
import { readPayment } from '../../management/payments.ts'
import type { HttpContext } from '../context.ts'
import type { Server } from '../type-provider.ts'
import { callerIn } from './access.ts'
import { Failures, HexId, closed } from './exchange.ts'

/** What was signed of one payment, for whoever has to judge without us. */
export function evidenceRoutes(app: Server, context: HttpContext): void {
  app.get(
    '/v1/manage/payments/:paymentId/evidence',
    {
      config: { access: 'evidence.read' },
      schema: {
        summary: 'The evidence of one payment as one file, which `farthing verify` checks by itself',
        description:
          'docs/reference/evidence.md has the format. The merchant’s file names the payer by pseudonyms; the platform’s, for roles on the whole platform alone, has everything.',
        tags: ['payments, managed'],
        params: Type.Object({ paymentId: HexId }),
        querystring: Type.Object(
          { for: Type.Optional(Type.Union([Type.Literal('merchant'), Type.Literal('platform')])) },
          closed,
        ),
        response: { 200: EvidenceFileSchema, ...Failures },
      },
    },
    async (request, reply) => {
      const { paymentId } = request.params
      const { for: audience = 'merchant' } = request.query
      const reach = reachOf(callerIn(request), 'evidence.read')
      if ((await readPayment(context.sql, paymentId, reach)) === null) throw new Refusal('record-unknown')
      if (audience === 'platform' && !reach.everywhere) throw new Refusal('role-refused')
      const file = await gatherEvidence(context, paymentId, audience)
      return await reply
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="evidence-${paymentId}.json"`)
        .send(file)
    },
  )
}
