def is_business_day(c, d):
    return d.weekday() < 5
