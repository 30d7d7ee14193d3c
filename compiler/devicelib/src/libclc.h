#pragma once
float sin(float);
double sin(double);
float exp(float);
double exp(double);
