package io.agentotp.server.web;

/**
 * How much memory there is for requests that wait, and how much one takes up.
 *
 * @param memory bytes for all
 * @param each bytes that one was measured to take up
 */
public record LongPollCapacity(long memory, long each) {

	private static final long EACH = 110 * 1024;

	/**
	 * The space inside an application: half of the memory, since the application needs
	 * some, and what a request takes up in the application's Tomcat, most of it buffers.
	 * @param memory bytes of the virtual machine
	 * @return the space
	 */
	public static LongPollCapacity ofApplication(long memory) {
		return new LongPollCapacity(memory / 2, EACH);
	}

	/**
	 * How many requests it holds.
	 * @return the number
	 */
	public int places() {
		return (int) Math.min(Integer.MAX_VALUE, this.memory / this.each);
	}

}
