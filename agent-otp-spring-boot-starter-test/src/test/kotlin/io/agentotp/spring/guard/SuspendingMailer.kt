package io.agentotp.spring.guard

import io.agentotp.Permission
import io.agentotp.spring.RequiresPermission
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.GlobalScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.reactor.mono
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import reactor.core.publisher.Mono

/** Guarded suspending functions. */
open class SuspendingMailer {

	open val sent = java.util.concurrent.CopyOnWriteArrayList<String>()

	@RequiresPermission(action = "suspending", resource = "email:#{#to}")
	open suspend fun send(to: String, permission: Permission?): String {
		delay(1)
		sent.add("$to ${permission!!.id()}")
		return "sent to $to"
	}

	@RequiresPermission(action = "flowing")
	open fun flow(): Flow<Int> {
		sent.add("assembled")
		return flowOf(1, 2, 3)
	}

}

/** Suspending functions of the matrix. */
open class SuspendingDesk {

	open val ran = java.util.concurrent.atomic.AtomicInteger()

	@RequiresPermission(action = "work", scope = "{max: 5}")
	open suspend fun value(): String {
		ran.incrementAndGet()
		return "done"
	}

	@RequiresPermission(action = "work", scope = "{max: 5}")
	open suspend fun late(): String {
		delay(1)
		ran.incrementAndGet()
		delay(1)
		return "done"
	}

	@RequiresPermission(action = "work", scope = "{max: 5}")
	open suspend fun failing(): String {
		ran.incrementAndGet()
		delay(1)
		throw IllegalStateException("after the deed")
	}

	@RequiresPermission(action = "work", scope = "{max: 5}")
	open fun flow(): Flow<String> = kotlinx.coroutines.flow.flow {
		ran.incrementAndGet()
		emit("done")
	}

	@RequiresPermission(action = "context")
	open suspend fun context(): String =
		"${org.springframework.security.core.context.SecurityContextHolder.getContext().authentication?.name} " +
			"${org.slf4j.MDC.get("order")} ${org.springframework.context.i18n.LocaleContextHolder.getLocale()}"

}

/** Their work is done after they have ended. */
open class SuspendingFlow {

	@RequiresPermission(action = "later")
	open suspend fun later(): Flow<String> = flowOf("late")

}

open class SuspendingFunction {

	@RequiresPermission(action = "later")
	open suspend fun later(): () -> String = { "late" }

}

open class SuspendingSequence {

	@RequiresPermission(action = "later")
	open suspend fun later(): List<Sequence<String>> = listOf(sequenceOf("late"))

}

open class StartsJob {

	@RequiresPermission(action = "later")
	open fun later(): Job = Job()

}

/** Calls itself through the method that Kotlin makes for default arguments. */
open class DefaultCaller {

	@RequiresPermission(action = "defaults")
	open fun send(to: String = "nobody", copies: Long = 1): String = to

	open fun sendAll() = send()

}

/** Calls itself in a coroutine of its own. */
open class CoroutineCaller {

	@RequiresPermission(action = "coroutine")
	open fun send(): String = "sent"

	open fun sendAll(): String = runBlocking {
		delay(1)
		send()
	}

}

/** Call themselves where Kotlin makes a class or a method of its own of the place. */
open class NestedCoroutineCaller {

	@RequiresPermission(action = "coroutine")
	open suspend fun send(): String = "sent"

	open suspend fun sendAll() = kotlinx.coroutines.coroutineScope { launch { send() } }

}

open class NestedLambdaCaller {

	@RequiresPermission(action = "lambda")
	open fun send(): String = "sent"

	open fun sendAll(): () -> () -> String = { { send() } }

}

open class LazyCaller {

	@RequiresPermission(action = "lazy")
	open fun send(): String = "sent"

	val sent by lazy { send() }

}

open class ReferenceCaller {

	@RequiresPermission(action = "reference")
	open fun send(): String = "sent"

	open fun sendAll(): String {
		val function = this::send
		return function()
	}

}

open class ListCaller {

	@RequiresPermission(action = "list")
	open fun send(): String = "sent"

	open fun sendAll(): List<String> = listOf(this).map { it.send() }

}

open class DelegateCaller {

	@RequiresPermission(action = "delegate")
	open fun send(): String = "sent"

	var copies: Int by kotlin.properties.Delegates.observable(0) { _, _, _ -> send() }

}

open class MapCaller {

	private val actions = mapOf<String, (MapCaller) -> String>("send" to MapCaller::send)

	@RequiresPermission(action = "map")
	open fun send(): String = "sent"

	open fun sendAll(): String = actions["send"]!!(this)

}

open class PairCaller {

	@RequiresPermission(action = "pair")
	open fun send(): String = "sent"

	open fun sendAll(): String = (this to "all").first.send()

}

open class SequenceCaller {

	@RequiresPermission(action = "sequence")
	open fun send(): String = "sent"

	private fun all() = sequence { yield(this@SequenceCaller) }

	open fun sendAll(): List<String> = all().map { it.send() }.toList()

}

open class SequenceLoopCaller {

	@RequiresPermission(action = "sequence")
	open fun send(): String = "sent"

	open fun sendAll() {
		for (each in sequence { yield(1); yield(this@SequenceLoopCaller) }) (each as? SequenceLoopCaller)?.send()
	}

}

/** The JVM sees what a value class holds. */
open class ValueClasses {

	open val ran = java.util.concurrent.atomic.AtomicInteger()

	@RequiresPermission(action = "values")
	open fun pay(amount: UInt, within: kotlin.time.Duration) {
		ran.incrementAndGet()
	}

}

open class NeverReturns {

	@RequiresPermission(action = "never")
	open suspend fun never(): Nothing = throw IllegalStateException("after the deed")

}

/** Yields something else. */
open class SequenceOfOthers {

	@RequiresPermission(action = "sequence")
	open fun send(to: String): String = to

	open fun all(): List<String> = sequence { yield("a"); yield("b") }.map { it.uppercase() }.toList()

}

/** Calls the suspending functions for tests in Java. */
object Coroutines {

	@JvmStatic
	fun send(mailer: SuspendingMailer, to: String): String = runBlocking { mailer.send(to, null) }

	@JvmStatic
	fun desk(desk: SuspendingDesk, function: String): String = runBlocking {
		when (function) {
			"value" -> desk.value()
			"late" -> desk.late()
			"failing" -> desk.failing()
			"context" -> desk.context()
			else -> desk.flow().toList().first()
		}
	}

	@JvmStatic
	fun pay(values: ValueClasses) = values.pay(UInt.MAX_VALUE, kotlin.time.Duration.parse("1s"))

	@JvmStatic
	fun within(desk: SuspendingDesk, millis: Long): String =
		runBlocking { kotlinx.coroutines.withTimeout(millis) { desk.value() } }

	@JvmStatic
	fun collect(mailer: SuspendingMailer): List<Int> = runBlocking { mailer.flow().toList() }

	@OptIn(kotlinx.coroutines.DelicateCoroutinesApi::class)
	@JvmStatic
	fun start(mailer: SuspendingMailer, to: String): Job =
		GlobalScope.launch(Dispatchers.Default, CoroutineStart.DEFAULT) { mailer.send(to, null) }

	/** As a handler of WebFlux does it. */
	@JvmStatic
	fun elsewhere(work: Runnable): Mono<String> = mono {
		withContext(Dispatchers.IO) { work.run() }
		"done"
	}

	@JvmStatic
	fun cancel(job: Job) = job.cancel(CancellationException("cancelled"))

}
