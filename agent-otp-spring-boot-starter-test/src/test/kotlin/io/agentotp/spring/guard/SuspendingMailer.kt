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
import kotlinx.coroutines.runBlocking

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

/** Calls the suspending functions for tests in Java. */
object Coroutines {

	@JvmStatic
	fun send(mailer: SuspendingMailer, to: String): String = runBlocking { mailer.send(to, null) }

	@JvmStatic
	fun collect(mailer: SuspendingMailer): List<Int> = runBlocking { mailer.flow().toList() }

	@OptIn(kotlinx.coroutines.DelicateCoroutinesApi::class)
	@JvmStatic
	fun start(mailer: SuspendingMailer, to: String): Job =
		GlobalScope.launch(Dispatchers.Default, CoroutineStart.DEFAULT) { mailer.send(to, null) }

	@JvmStatic
	fun cancel(job: Job) = job.cancel(CancellationException("cancelled"))

}
