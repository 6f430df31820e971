/** A route of the API is one value: what it says of itself, who is let in, and what it does then. */
import type {
  ContextConfigDefault,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
  RouteGenericInterface,
  RouteHandlerMethod,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Context } from '../../steps/ports.ts'

/** Lets a request in with a scope, or answers it by itself and gives null. */
export type Admit<Scope> = (
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<Scope | null>

/** Whose requests and answers are those of the schema. */
type Handler<Schema extends FastifySchema> = RouteHandlerMethod<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  RouteGenericInterface,
  ContextConfigDefault,
  Schema,
  ZodTypeProvider
>

/** What was asked, and by whom. */
interface Call<Scope, Schema extends FastifySchema> {
  context: Context
  scope: Scope
  request: Parameters<Handler<Schema>>[0]
  reply: Parameters<Handler<Schema>>[1]
}

const bearers = new WeakMap<FastifyRequest, string>()

/** Says by which API token a request was let in: what it makes ends with it. */
export const noteBearer = (request: FastifyRequest, linkId: string): void => {
  bearers.set(request, linkId)
}

const contextOf = (context: Context, request: FastifyRequest): Context => {
  const bearerId = bearers.get(request)
  return bearerId === undefined ? context : { ...context, bearerId }
}

export type Routes<Scope> = ReturnType<typeof routesFor<Scope>>

/** Makes routes that one kind of caller may use; each takes the context when it is registered. */
export function routesFor<Scope>(admit: Admit<Scope>) {
  const admitted = new WeakMap<FastifyRequest, { scope: Scope }>()
  return <Schema extends FastifySchema>(
    schema: Schema,
    answer: (call: Call<Scope, Schema>) => ReturnType<Handler<Schema>>,
  ) =>
    (context: Context) => {
      const onRequest = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
        const scope = await admit(context, request, reply)
        if (scope === null) return reply
        admitted.set(request, { scope })
        return undefined
      }
      const handler: Handler<Schema> = (request, reply) => {
        const found = admitted.get(request as FastifyRequest)
        if (found === undefined) throw new Error(`${request.routeOptions.url} was reached past its guard`)
        const given = contextOf(context, request as FastifyRequest)
        return answer({ context: given, scope: found.scope, request, reply })
      }
      return { onRequest, schema: refusingUnknown(schema), handler }
    }
}

/**
 * The schema of a route, whose body takes no field that it does not name: a mistaken word is said.
 */
function refusingUnknown<Schema extends FastifySchema>(schema: Schema): Schema {
  return schema.body instanceof z.ZodType ? { ...schema, body: closed(schema.body) } : schema
}

/** The same contract, closed at every depth, with what it says of itself: a clone of zod's forgets that. */
function closed(contract: z.core.$ZodType): z.core.$ZodType {
  const made = closedWithin(contract)
  const told = z.globalRegistry.get(contract)
  if (made !== contract && told !== undefined) z.globalRegistry.add(made, told)
  return made
}

/** One that says what it makes of other fields keeps its word. */
function closedWithin(contract: z.core.$ZodType): z.core.$ZodType {
  if (contract instanceof z.ZodObject) {
    const shape = Object.fromEntries(
      Object.entries<z.core.$ZodType>(contract.def.shape).map(([name, field]) => [name, closed(field)]),
    )
    return contract.clone({ ...contract.def, shape, catchall: contract.def.catchall ?? z.never() })
  }
  if (contract instanceof z.ZodArray) {
    return contract.clone({ ...contract.def, element: closed(contract.def.element) })
  }
  if (contract instanceof z.ZodUnion) {
    return contract.clone({ ...contract.def, options: contract.def.options.map(closed) })
  }
  if (contract instanceof z.ZodPipe) return contract.clone({ ...contract.def, in: closed(contract.def.in) })
  if (
    contract instanceof z.ZodOptional ||
    contract instanceof z.ZodNullable ||
    contract instanceof z.ZodDefault
  ) {
    return contract.clone({ ...contract.def, innerType: closed(contract.def.innerType) } as never)
  }
  return contract
}
