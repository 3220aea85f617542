package io.agentotp.spring.operation;

import java.util.Calendar;
import java.util.Date;

import org.springframework.core.convert.support.DefaultConversionService;
import org.springframework.expression.TypeConverter;
import org.springframework.expression.spel.support.StandardTypeConverter;

/**
 * How attributes make texts of what they read: a point in time is written as in an
 * argument, and not by the time zone of the machine.
 */
@SuppressWarnings("JavaUtilDate") // applications pass it
public final class AttributeConversion {

	/** For all evaluations. */
	public static final TypeConverter CONVERTER = converter();

	private AttributeConversion() {
	}

	private static TypeConverter converter() {
		DefaultConversionService conversion = new DefaultConversionService();
		conversion.addConverter(Date.class, String.class, (date) -> String.valueOf(PlainValues.of(date)));
		conversion.addConverter(Calendar.class, String.class, (calendar) -> calendar.toInstant().toString());
		return new StandardTypeConverter(conversion);
	}

}
